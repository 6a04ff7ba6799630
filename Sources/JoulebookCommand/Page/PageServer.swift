import NIOCore
import NIOHTTP1
import NIOPosix

/// Serves the page on one address: one thread for connections, and two that read ledgers.
struct PageServer {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    /// Where it listens.
    let port: Int

    /// What `serve` looks for first where nobody names a port; then any that is free.
    static let usualPort = 5633

    /// Listens; `port` nil is the usual one, or else any that is free.
    init(_ library: PageLibrary, host: String, port: Int?, token: AccessToken?)
        throws(CommandFailure)
    {
        let desk = PageDesk(library, host: host, token: token)
        do {
            do {
                channel = try Self.listen(group, desk, host, port ?? Self.usualPort)
            } catch  where port == nil {
                channel = try Self.listen(group, desk, host, 0)
            }
        } catch {
            try? group.syncShutdownGracefully()
            let place = "\(host), port \(port ?? Self.usualPort)"
            throw .inputOutput("cannot listen on \(place): \(error); name another --port or --host")
        }
        self.port = channel.localAddress?.port ?? 0
        desk.readAhead()
    }

    private static func listen(
        _ group: MultiThreadedEventLoopGroup,
        _ desk: PageDesk,
        _ host: String,
        _ port: Int
    ) throws -> any Channel {
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let limit = ConnectionLimit()
        return try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = PageConnection(desk, limit)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(RequestSize(connection))
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: false,
                        withErrorHandling: false
                    )
                    try pipeline.addHandler(connection)
                }
            }
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: 8192)
            )
            .bind(to: address)
            .wait()
    }

    /// An address of this machine that others may reach; nil where there is none.
    static func reachableAddress(likeIPv6 isIPv6: Bool) -> String? {
        let addresses = ((try? System.enumerateDevices()) ?? []).compactMap { device in
            device.address?.ipAddress
        }
        return addresses.first { address in
            let isLocal = address.hasPrefix("127.") || address == "::1" || address.hasPrefix("fe80")
            return address.contains(":") == isIPv6 && !isLocal
        }
    }

    /// Closes everything; requests that are under way are not answered.
    func stop() {
        try? channel.close().wait()
        try? group.syncShutdownGracefully()
    }
}

import JouleMeters

/// Objects that are sent in parts: what has arrived of one stays until all have.
extension S3Store {
    /// An object that is being sent.
    struct Upload: Hashable {
        let key: String
        let id: String
    }

    /// A part that has arrived.
    struct Part {
        let sizeBytes: UInt64
        /// What the store calls its content.
        let tag: String
    }

    /// Parts that an object consists of at most.
    static let partsMax: UInt64 = 10_000

    func begin(_ key: String, notes: [String: String]) throws(ObjectStoreError) -> Upload {
        var call = Call("POST", key)
        call.query = [("uploads", "")]
        call.content = []
        call.headers = Self.headers(of: notes)
        return try answer(to: call) { answer throws(XMLElement.Malformed) in
            guard let id = try XMLElement(parsing: answer.body)["UploadId"], !id.isEmpty else {
                throw .init(reason: "an upload without a name", offset: 0)
            }
            return Upload(key: key, id: id)
        }
    }

    /// Those under way of keys that begin with `prefix`, up to a million.
    func uploads(below prefix: String) throws(ObjectStoreError) -> [Upload] {
        var found: [Upload] = []
        var markers: [(name: String, value: String)] = []
        while true {
            var call = Call("GET", "")
            call.query = [("uploads", ""), ("prefix", prefix)] + markers
            let page = try answer(to: call) { answer throws(XMLElement.Malformed) in
                try XMLElement(parsing: answer.body)
            }
            let uploads = page.all("Upload").compactMap { upload -> Upload? in
                guard let key = upload["Key"], let id = upload["UploadId"] else { return nil }
                return Upload(key: key, id: id)
            }
            found += uploads
            // A page with none that goes on would never end.
            guard page["IsTruncated"] == "true", !uploads.isEmpty, found.count < Self.uploadsMax,
                let key = page["NextKeyMarker"], let id = page["NextUploadIdMarker"]
            else { return found }
            markers = [("key-marker", key), ("upload-id-marker", id)]
        }
    }

    private static let uploadsMax = 1_000_000

    /// What has arrived, by number.
    func parts(of upload: Upload) throws(ObjectStoreError) -> [Int: Part] {
        var found: [Int: Part] = [:]
        var last = 0
        while true {
            var call = Call("GET", upload.key)
            call.query = [("uploadId", upload.id), ("part-number-marker", String(last))]
            let page = try answer(to: call) { answer throws(XMLElement.Malformed) in
                try XMLElement(parsing: answer.body)
            }
            for part in page.all("Part") {
                guard let number = part["PartNumber"].flatMap(Int.init), let tag = part["ETag"],
                    let size = part["Size"].flatMap(UInt64.init)
                else { throw .malformed(place: "\(name)/\(upload.key)", reason: "a nameless part") }
                found[number] = Part(sizeBytes: size, tag: tag)
            }
            let next = page["NextPartNumberMarker"].flatMap(Int.init) ?? 0
            guard page["IsTruncated"] == "true", next > last else { return found }
            last = next
        }
    }

    func put(
        _ content: [UInt8],
        asPart number: Int,
        of upload: Upload
    ) throws(ObjectStoreError) -> Part {
        var call = Call("PUT", upload.key)
        call.query = [("partNumber", String(number)), ("uploadId", upload.id)]
        call.content = content
        return try answer(to: call) { answer throws(XMLElement.Malformed) in
            guard let tag = answer.headers["etag"] else {
                throw .init(reason: "a part without a tag", offset: 0)
            }
            return Part(sizeBytes: UInt64(content.count), tag: tag)
        }
    }

    /// Makes one object of the parts; `missing` where somebody has done that, or given it up.
    func complete(_ upload: Upload, of parts: [Int: Part]) throws(ObjectStoreError) {
        var document = "<CompleteMultipartUpload>"
        for (number, part) in parts.sorted(by: { $0.key < $1.key }) {
            let tag = XMLElement.escaped(part.tag)
            document += "<Part><PartNumber>\(number)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        var call = Call("POST", upload.key)
        call.query = [("uploadId", upload.id)]
        call.content = Array((document + "</CompleteMultipartUpload>").utf8)
        try answer(to: call) { answer throws(XMLElement.Malformed) in
            // It may turn out to fail after the store has begun to answer.
            let root = try XMLElement(parsing: answer.body)
            guard root.name != "Error" else { throw .init(reason: root["Code"] ?? "", offset: 0) }
        }
    }

    /// Gives up what has arrived of one; no error where it is gone.
    func abort(_ upload: Upload) throws(ObjectStoreError) {
        var call = Call("DELETE", upload.key)
        call.query = [("uploadId", upload.id)]
        do throws(ObjectStoreError) { try answer(to: call) { _ in } } catch {
            guard case .missing = error else { throw error }
        }
    }
}

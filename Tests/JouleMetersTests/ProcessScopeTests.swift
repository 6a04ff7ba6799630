import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("Whose use of a shared machine counts")
struct ProcessScopeTests {
    /// A line of `/proc/PID/stat` with user time `ticks`.
    private func stat(
        _ process: Int,
        parent: Int,
        ticks: Int,
        waited: Int = 0,
        started: Int = 99,
        name: String = "python"
    ) -> String {
        "\(process) (\(name)) S \(parent) 1 1 0 -1 4194304 1 2 3 4 "
            + "\(ticks) 0 \(waited) 0 20 0 1 0 \(started) 0 0\n"
    }

    private func addProcessors(_ machine: borrowing EmulatedMachine, busy: Int) {
        let line = "\(busy) 0 0 500 0 0 0 0 0 0"
        machine.write("/proc/stat", "cpu  \(line)\ncpu0 \(line)\nintr 1\n")
    }

    @Test("A process counts with its living descendants and those that it waited for")
    func tree() throws {
        let machine = EmulatedMachine()
        addProcessors(machine, busy: 1000)
        machine.write("/proc/self/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n")
        machine.write("/proc/uptime", "\(1000 * KernelTicks.seconds) 5.0\n")
        machine.write("/proc/self/stat", stat(10, parent: 1, ticks: 100))
        let roots = SystemRoots(under: machine.root)
        let scope = ProcessScope(roots: roots)
        #expect(scope.kind == .processTree && scope.name == nil)
        let began = try #require(scope.now())
        #expect(abs(began.scopeSeconds - 100 * KernelTicks.seconds) < 1e-9)
        #expect(abs(began.machineSeconds - 1000 * KernelTicks.seconds) < 1e-9)
        addProcessors(machine, busy: 1500)
        machine.write("/proc/self/stat", stat(10, parent: 1, ticks: 130, waited: 20))
        machine.write("/proc/10/stat", stat(10, parent: 1, ticks: 130, waited: 20))
        machine.write("/proc/11/stat", stat(11, parent: 10, ticks: 20, started: 1000, name: "b) ("))
        machine.write("/proc/12/stat", stat(12, parent: 11, ticks: 30, started: 1200))
        machine.write("/proc/13/stat", stat(13, parent: 1, ticks: 400, started: 1200))
        machine.write("/proc/14/stat", "torn")
        // What an older child did before is not known.
        machine.write("/proc/15/stat", stat(15, parent: 10, ticks: 400, started: 999))
        let held = (1...20).filter { ProcessScope.holds(Int32($0), roots: roots) }
        #expect(held == [10, 11, 12, 15])
        let usage = try #require(scope.usage(since: began))
        #expect(abs(usage.scopeSeconds - 100 * KernelTicks.seconds) < 1e-9)
        #expect(try abs(#require(usage.share) - 0.2) < 1e-9)
    }

    @Test(
        "The group of a job is found in both versions of control groups",
        arguments: [
            (
                "0::/system.slice/slurmstepd.scope/job_42/step_0/user/task_1",
                "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_42/cpu.stat",
                "usage_usec 7000000\nuser_usec 1\n", ProcessScope.Kind.slurmJob, "42"
            ),
            (
                "4:cpu,cpuacct:/slurm/uid_1000/job_77/step_batch\n1:name=systemd:/",
                "/sys/fs/cgroup/cpu,cpuacct/slurm/uid_1000/job_77/cpuacct.usage",
                "7000000000\n", .slurmJob, "77"
            ),
            (
                "0::/kubepods.slice/kubepods-burstable.slice/"
                    + "kubepods-burstable-pod0a1b_22cc.slice/cri-containerd-99.scope",
                "/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/"
                    + "kubepods-burstable-pod0a1b_22cc.slice/cpu.stat",
                "usage_usec 7000000\n", .kubernetesPod, "0a1b-22cc"
            ),
            (
                "11:cpuacct:/kubepods/besteffort/pod5d-6e/9f9f",
                "/sys/fs/cgroup/cpuacct/kubepods/besteffort/pod5d-6e/cpuacct.usage",
                "7000000000\n", .kubernetesPod, "5d-6e"
            ),
        ] as [(String, String, String, ProcessScope.Kind, String)]
    )
    func groups(
        lines: String,
        path: String,
        content: String,
        kind: ProcessScope.Kind,
        name: String
    ) throws {
        let machine = EmulatedMachine()
        addProcessors(machine, busy: 2000)
        machine.write("/proc/self/cgroup", lines + "\n")
        machine.write("/proc/self/stat", stat(10, parent: 1, ticks: 1))
        machine.write(path, content)
        let scope = ProcessScope(roots: SystemRoots(under: machine.root))
        #expect(scope.kind == kind && scope.name == name)
        #expect(try #require(scope.now()).scopeSeconds == 7)
        // A group that cannot be accounted for is no scope.
        machine.remove(path)
        let bare = ProcessScope(roots: SystemRoots(under: machine.root))
        #expect(bare.kind == .processTree && bare.name == nil)
    }

    @Test("A share is between nothing and everything, and unknown where nothing ran")
    func shares() {
        func usage(_ scope: Double, _ machine: Double) -> ProcessorUsage {
            ProcessorUsage(
                scopeSeconds: scope,
                machineSeconds: machine,
                processors: 2,
                uptimeTicks: 0
            )
        }
        #expect(usage(1, 4).share == 0.25)
        #expect(usage(5, 4).share == 1)
        #expect(usage(0, 0).share == nil)
    }

    @Test("Hostile paths lead nowhere")
    func hostile() {
        let machine = EmulatedMachine()
        machine.write("/proc/self/cgroup", "0::/slurm/job_1/../../../etc\n::::\n9:cpuacct\n")
        let scope = ProcessScope(roots: SystemRoots(under: machine.root))
        #expect(scope.kind == .processTree)
        #expect(scope.now() == nil)
    }
}

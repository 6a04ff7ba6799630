extension SystemRoots {
    /// What kind of container this process seems to run in; nil when nothing says so.
    package var containerHint: String? {
        if exists("/.dockerenv") { return "docker" }
        if exists("/run/.containerenv") { return "podman" }
        if exists("/.singularity.d") { return "singularity" }
        if exists("/var/run/secrets/kubernetes.io") { return "kubernetes" }
        let groups = text("/proc/self/cgroup", sizeBytesMax: 65_536) ?? ""
        for name in ["kubepods", "docker", "libpod", "lxc", "containerd"]
        where groups.contains(name) {
            return name == "kubepods" ? "kubernetes" : name
        }
        return nil
    }

    /// The cloud or hypervisor vendor by the firmware's tables, read without any network.
    package var machineVendor: String? {
        text("/sys/class/dmi/id/sys_vendor", sizeBytesMax: 256)
    }

    /// The kind of cloud instance that the firmware's tables name, such as `p5.48xlarge`; nil where
    /// they name none.
    ///
    /// Amazon and Alibaba put it there; others have it in their metadata services only, which are not
    /// asked.
    package var cloudInstance: String? {
        let makers = ["Amazon EC2", "Alibaba Cloud"]
        guard let vendor = machineVendor, makers.contains(vendor),
            let product = text("/sys/class/dmi/id/product_name", sizeBytesMax: 256)
        else { return nil }
        return product
    }
}

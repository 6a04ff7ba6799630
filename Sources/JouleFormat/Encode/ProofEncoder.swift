/// Proofs to text.
package enum ProofEncoder {
    package static func encode(_ proof: TreeProof) -> [UInt8] {
        let place: String
        let title: String
        switch proof.claim {
        case .inclusion(let block):
            title = TreeProof.inclusionTitle
            place = "index \(block)"
        case .consistency(let old):
            title = TreeProof.consistencyTitle
            place = "old \(old)"
        }
        let key = proof.key.map { PayloadEncoder.encode($0).bytes } ?? []
        let extra = (proof.leaf?.bytes ?? []) + key
        var lines = [title]
        if !extra.isEmpty { lines.append("extra \(Base64.text(extra))") }
        lines.append(place)
        lines += proof.hashes.map { Base64.text($0.bytes) }
        let head = Array((lines.joined(separator: "\n") + "\n\n").utf8)
        return head + (proof.note.map(SealEncoder.note) ?? SealEncoder.text(of: proof.checkpoint))
    }
}

import JouleLifecycle
import JouleQuantities
import Testing

@Suite("Region")
struct RegionTests {
    @Test("A run may state every region that the shipped factors know")
    func knowsEveryFactor() {
        let grid = FactorSet.shipped.factors.filter { $0.kind == .grid }
        #expect(grid.count > 300)
        for factor in grid {
            let names = [factor.region] + factor.aliases
            for name in names + (factor.region.contains(":") ? [] : [factor.name]) {
                #expect(Region.refusal(of: name) == nil)
            }
        }
    }

    @Test(
        "A bare word is a region only when a factor knows it",
        arguments: ["ZZ", "", "Frnace", "ZZ-A", "FR-", "aws", "aws:", ":a", "a:b:c"]
    )
    func refuses(text: String) {
        #expect(Region.refusal(of: text)?.contains("not known") == true)
    }

    @Test("What is refused comes with what was probably meant")
    func near() {
        #expect(Region.refusal(of: "ireland2")?.contains("IE") == true)
        #expect(Region.refusal(of: "eu-west-1")?.contains("aws:eu-west-1") == true)
    }
}

/// The ranges of first digits that card schemes issue from, and the lengths each uses, of 14 digits and more.
enum CardIssuers {
    /// - Parameters:
    ///   - lead: the first six digits.
    ///   - digits: how many there are in all.
    static func issue(lead: Int, digits: Int) -> Bool {
        switch lead {
        case 400_000...499_999: return digits == 16 || digits == 19  // Visa
        case 510_000...559_999, 222_100...272_099: return digits == 16  // Mastercard
        case 340_000...349_999, 370_000...379_999: return digits == 15  // American Express
        case 300_000...305_999, 309_500...309_599, 360_000...369_999, 380_000...399_999: return true  // Diners Club
        case 352_800...358_999: return digits >= 16  // JCB
        case 601_100...601_199, 644_000...659_999, 622_126...622_925: return digits >= 16  // Discover
        case 620_000...629_999, 810_000...817_199: return digits >= 16  // UnionPay
        case 220_000...220_499: return digits >= 16  // Mir
        case 600_000...609_999, 508_000...508_999, 817_200...829_999: return digits == 16  // RuPay
        case 506_099...506_198: return digits == 16 || digits >= 18  // Verve
        case 979_200...979_299: return digits == 16  // Troy
        case 501_800...501_899, 502_000...502_099, 503_800...503_899, 589_300...589_399, 630_400...630_499, 675_900...675_999,
            676_100...676_399, 676_700...676_799:
            return true  // Maestro
        default: return false
        }
    }
}

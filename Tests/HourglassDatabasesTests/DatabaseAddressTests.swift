import HourglassBase
import HourglassDatabases
import HourglassTestSupport
import Testing

/// Addresses of databases, and what is shown of them.
struct DatabaseAddressTests {
  @Test func partsAreTakenAsTheyAre() throws {
    let query = "SELECT a & b, '100%20' FROM t WHERE x = '?table=y' AND m LIKE '%@%'"
    let cases: [(String, String, DatabaseAddress.Selection?, String)] = [
      ("sqlite:shop.db?table=orders", "sqlite:shop.db?table=orders", .table("orders"), "orders"),
      ("sqlite:/a/b c.db?query=\(query)", "sqlite:/a/b c.db?query=\(query)", .query(query), "b c"),
      ("sqlite:shop.db", "sqlite:shop.db", nil, "shop"),
      (
        "postgresql://ann:s3cret@db.example:5433/shop?table=o",
        "postgresql://ann@db.example:5433/shop?table=o", .table("o"), "o"
      ),
      (
        "postgres://ann:s3cret@db/shop?sslmode=require&password=s3cret&query=\(query)",
        "postgresql://ann@db/shop?query=\(query)", .query(query), "shop"
      ),
      ("postgresql:///shop", "postgresql:///shop", nil, "shop"),
      (
        "postgresql://[::1]:5432,other/shop?user=ann&password=s3cret", "postgresql://[::1]:5432,other/shop",
        nil, "shop"
      ),
      ("postgresql://ann:s3%40cret@db", "postgresql://ann@db", nil, "ann-db"),
      ("PostgreSQL://ann:s3cret@db/shop", "postgresql://ann@db/shop", nil, "shop"),
      (
        "postgresql://db/shop?query=SELECT 1&password=s3cret",
        "postgresql://db/shop?query=SELECT 1&password=",
        .query("SELECT 1&password=s3cret"), "shop"
      ),
      ("SQLITE:shop.db?table=a&b=c", "sqlite:shop.db?table=a&b=c", .table("a&b=c"), "a-b-c"),
    ]
    for (text, title, selection, name) in cases {
      #expect(DatabaseAddress.isOne(text))
      let address = try DatabaseAddress(text)
      #expect(address.title == title && address.selection == selection, "\(address.title)")
      #expect(address.name == name.replacing(" ", with: "-"), "\(address.name)")
      #expect(!address.title.contains("s3"), "\(address.title)")
    }
    for text in ["shop.csv", "-", "./sqlite:shop.db", "postgresql:/x", "mysql://x"] {
      #expect(!DatabaseAddress.isOne(text))
    }
    #expect(try DatabaseAddress("sqlite:a.db?table=x").selecting(.table("y")).title == "sqlite:a.db?table=y")
    #expect(try DatabaseAddress("sqlite:a.db?table=../é b\"").name == "---é-b-")
  }

  /// A query may name another database, as `dblink` does.
  @Test func titlesLoseThePasswordsOfTheQuery() throws {
    let query = "SELECT dblink('postgresql://ann:s3cret@other/x?sslpassword=s3cret', 'TABLE t')"
    for place in ["postgresql://db/shop", "sqlite:shop.db"] {
      let address = try DatabaseAddress("\(place)?query=\(query)")
      #expect(address.selection == .query(query))
      #expect(
        address.title
          == "\(place)?query=SELECT dblink('postgresql://ann@other/x?sslpassword=', 'TABLE t')",
        "\(address.title)")
    }
  }

  /// libpq takes these apart in other places than people mean, and would name a part of the password as the host or the port.
  @Test func whatCouldBeMisreadIsRefusedWithoutThePassword() {
    for text in [
      "postgresql://ann:s3@cret@db/shop", "postgresql://ann:s3/cret@db/shop",
      "postgresql://ann:s3?cret@db/shop",
      "postgresql://ann:s3#cret@db/shop", "postgresql://ann:s3%cret@db/shop",
      "postgresql://ann:s3 cret@db/shop",
      "postgresql://ann:s3cret", "postgresql://ann:s3cret/shop", "postgresql://ann:1/s3cret@h",
      "postgresql://ann@db/shop?table=T&password=s3cret", "postgres://db?table=T&a=b&sslPassword=s3cret",
    ] {
      let error = thrownError { _ = try DatabaseAddress(text) }
      #expect(
        error.code == .usage && !error.message.contains("s3") && !error.message.contains("cret"), "\(error)")
      let shown = DatabaseAddress.withoutPasswords("No file \(text) is there")
      #expect(!shown.contains("s3") && !shown.contains("cret@"), "\(shown)")
    }
    for (text, words) in [
      ("sqlite:", "names no file"), ("sqlite:?table=x", "names no file"),
      ("sqlite:a.db?table= ", "empty table"),
      ("postgresql://db/shop?query=", "empty query"),
    ] {
      let error = thrownError { _ = try DatabaseAddress(text) }
      #expect(error.code == .usage && error.message.contains(words), "\(error)")
    }
  }

  @Test func sentencesLoseThePasswords() {
    let cases = [
      (
        "cannot open postgresql://ann:pw@db/shop: see ann@example.org",
        "cannot open postgresql://ann@db/shop: see ann@example.org"
      ),
      ("\"postgres://ann:p@w@db\" and postgresql://bob:x@y", "\"postgres://ann@db\" and postgresql://bob@y"),
      ("postgresql://ann@db:5432/shop is there", "postgresql://ann@db:5432/shop is there"),
      ("postgresql://db:5432/shop, postgresql://db:5432", "postgresql://db:5432/shop, postgresql://db:5432"),
      ("postgresql://ann:12345@db", "postgresql://ann@db"),
      ("the beginning of postgresql://ann:very-long-pass…", "the beginning of postgresql://ann"),
      ("no address: ann:pw@db", "no address: ann:pw@db"),
      ("POSTGRESQL://ann:pw@db", "POSTGRESQL://ann@db"),
      (
        "see postgresql://ann@h/db?password=pw&sslmode=require&SSLpassword=pw, or not",
        "see postgresql://ann@h/db?password=&sslmode=require&SSLpassword= or not"
      ),
      ("\"postgresql://h:5432\" is there, a@b", "\"postgresql://h:5432\" is there, a@b"),
      ("postgresql://[::1]:5432/shop is there, a@b", "postgresql://[::1]:5432/shop is there, a@b"),
      ("postgresql://ann:1/pw@h", "postgresql://ann@h"),
    ]
    for (text, shown) in cases { #expect(DatabaseAddress.withoutPasswords(text) == shown, "\(text)") }
  }

  /// Results hold cells, of which nothing goes that is no password.
  @Test func resultsKeepWhatIsNoPassword() {
    let cases = [
      ("{\"a\":\"postgresql://ann:pw@db\",\"b\":\"c@d\"}", "{\"a\":\"postgresql://ann@db\",\"b\":\"c@d\"}"),
      ("{\"a\":\"postgresql://db?password=pw\"}", "{\"a\":\"postgresql://db?password=\"}"),
    ]
    for (text, shown) in cases {
      #expect(DatabaseAddress.withoutPasswords(text, isMessage: false) == shown, "\(text)")
    }
    for text in [
      "{\"a\":\"postgresql://db:main\",\"b\":\"c@d\"}", "{\"a\":\"postgresql://h:5432\",\"b\":\"c@d\"}",
      "postgresql://db:main and the rest", "postgresql://h:5432/shop?table=a@b",
      "postgresql://db, and 'x?password=y'",
    ] { #expect(DatabaseAddress.withoutPasswords(text, isMessage: false) == text) }
  }
}

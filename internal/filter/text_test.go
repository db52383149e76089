package filter_test

import (
	"strings"
	"testing"
)

func TestTextIgnoresCaseInEveryScript(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("abcdefgh ", 20_000) // long enough for the search that folds the whole text first
	for _, tc := range []struct {
		operator, value, text string
		want                  bool
	}{
		{"IS_EQUAL_TO", "GRÖSSE", "größe", false}, // ß is one letter, SS are two
		{"IS_EQUAL_TO", "straße", "STRAßE", true},
		{"IS_EQUAL_TO", "Ωmega", "ωMEGA", true},
		{"IS_EQUAL_TO", "ok", "o\u212a", true}, // the Kelvin sign is a k
		{"CONTAINS", "ЗДРАВ", "да здравствует", true},
		{"CONTAINS", "\u212aIL", "kilo", true},
		{"STARTS_WITH", "İ", "istanbul", false},
		{"ENDS_WITH", "ÉE", "lycée", true},
		{"ENDS_WITH", "longer than that", "that", false},
		{"CONTAINS_EXACTLY", "über", "ÜBER uns", true},
		{"CONTAINS_EXACTLY", "über", "darüber hinaus", false},
		{"CONTAINS_EXACTLY", "art", "start art", true},
		{"CONTAINS", "NEEDLE" + strings.Repeat("x", 60), long + "needle" + strings.Repeat("X", 60), true},
		{"CONTAINS", "NEEDLE" + strings.Repeat("x", 60), long, false},
		{"CONTAINS_EXACTLY", strings.Repeat("Abcdefgh ", 20) + "END", long + "end", true},
		{"CONTAINS_EXACTLY", strings.Repeat("Abcdefgh ", 20) + "END", long + "ends", false},
	} {
		op := `{"operationType":"MULTISTRING","operator":"` + tc.operator + `","values":["` + tc.value + `"]}`
		m, problems := compile(t, one("message", op), env(t))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := m.Match(with(t, "message", tc.text)); got.OK != tc.want {
			t.Errorf("%.40q %s %.40q: got %v", tc.text, tc.operator, tc.value, got.OK)
		}
	}
}

func TestNumbersCompareExactly(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		operator, value, text string
		want                  bool
	}{
		{"IS_EQUAL_TO", "0.1", "0.10", true},
		{"IS_EQUAL_TO", "9007199254740993", "9007199254740992", false},
		{"IS_EQUAL_TO", "9007199254740993", "9007199254740993.", true},
		{"IS_GREATER_THAN", "9007199254740992", "9007199254740993", true},
		{"IS_LESS_THAN", "0.30000000000000000001", ".3", true},
		{"IS_EQUAL_TO", "1200", "1.2E3", true},
		{"IS_GREATER_THAN", "-5", "-4.999", true},
		{"IS_EQUAL_TO", "0", "-0", true},
		{"IS_EQUAL_TO", "5", "5€", false},
		{"IS_EQUAL_TO", "5", "1_0", false},
		{"IS_GREATER_THAN", "5", "Infinity", false},
		{"IS_GREATER_THAN", "5", strings.Repeat("9", 500), false}, // longer than any amount: no number
		{"IS_GREATER_THAN", "5", "1e999999999", false},
	} {
		op := `{"operationType":"NUMBER","operator":"` + tc.operator + `","value":"` + tc.value + `"}`
		m, problems := compile(t, one("score", op), env(t))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := m.Match(with(t, "score", tc.text)); got.OK != tc.want {
			t.Errorf("%s %s %s: got %v, %s", tc.text, tc.operator, tc.value, got.OK, got.Reason())
		}
	}
}

// The reason of a comparison that must not hold does not say the value twice.
func TestUnwantedValuesAreSaidOnce(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ property, operation, value, want string }{
		{"firstname", `{"operationType":"MULTISTRING","operator":"IS_NOT_EQUAL_TO","values":["Bonn"]}`, "bonn", `firstname is "bonn", which it must not be`},
		{"firstname", `{"operationType":"MULTISTRING","operator":"IS_NOT_EQUAL_TO","values":["Bonn","Köln"]}`, "Bonn", `firstname is "Bonn", but must not be equal to any of "Bonn", "Köln"`},
		{"firstname", `{"operationType":"MULTISTRING","operator":"DOES_NOT_CONTAIN","values":["Bonn"]}`, "Bonn-Beuel", `firstname is "Bonn-Beuel", but must not be containing "Bonn"`},
		{"score", `{"operationType":"NUMBER","operator":"IS_NOT_EQUAL_TO","value":5}`, "5.0", `score is "5.0", which it must not be`},
		{"lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_NONE_OF","values":["lead"]}`, "lead", `lifecyclestage is "lead", which it must not be`},
		{"lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_NONE_OF","values":["lead","customer"]}`, "lead", `lifecyclestage is "lead", but must not be any of lead, customer`},
	} {
		m, problems := compile(t, one(tc.property, tc.operation), env(t))
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		if got := m.Match(with(t, tc.property, tc.value)); got.OK || got.Reason() != tc.want {
			t.Errorf("got %s\nwant %s", got.Reason(), tc.want)
		}
	}
}

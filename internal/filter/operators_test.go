package filter_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"askflow/internal/filter"
)

// notEvaluable lists the operators that ask when a property was updated, which no fixture knows.
var notEvaluable = []string{
	"ROLLING_PROPERTY_UPDATED UPDATED_IN_LAST_X_DAYS", "ROLLING_PROPERTY_UPDATED NOT_UPDATED_IN_LAST_X_DAYS",
	"COMPARATIVE_PROPERTY_UPDATED IS_BEFORE", "COMPARATIVE_PROPERTY_UPDATED IS_AFTER",
}

// operatorCase gives one operator's operands and values of the property that match and that do not.
type operatorCase struct {
	property string
	operands string
	matching []string
	failing  []string
}

const (
	toX       = `"value":"x y"`
	toXs      = `"values":["x y","z"]`
	toAB      = `"values":["A","B"]`
	toFive    = `"value":5`
	oneToFive = `"lowerBound":1,"upperBound":5`
	isTrue    = `"value":true`
	// 2026-01-05T00:00:00Z
	toMonday  = `"timestamp":1767571200000,"requiresTimeZoneConversion":false`
	week      = `"lowerBound":"1767571200000","upperBound":"1768003200000","requiresTimeZoneConversion":false` // 5 to 10 January
	threeDays = `"numberOfDays":3,"requiresTimeZoneConversion":false`
	toClose   = `"comparisonPropertyName":"closedate"`
	point     = `"type":"TIME_POINT","timePoint":{"timeType":"DATE","year":2026,"month":1,"day":5,"zoneId":"Europe/Berlin","timezoneSource":"CUSTOM"}`
	points    = `"type":"TIME_RANGED","lowerBoundTimePoint":{"timeType":"INDEXED","indexReference":{"referenceType":"TODAY"},"offset":{"days":-1},"zoneId":"Europe/Berlin"},` +
		`"upperBoundTimePoint":{"timeType":"INDEXED","indexReference":{"referenceType":"NOW"},"zoneId":"Europe/Berlin"}`
)

func operatorCases() map[string]operatorCase {
	notX := operatorCase{"message", toX, []string{"x", "a x y"}, []string{"x y", "X Y"}}
	isX := operatorCase{"message", toX, []string{"x y", "X Y"}, []string{"x", "x y ", " x y"}}
	hasX := operatorCase{"message", toX, []string{"x y", "aX Yb"}, []string{"x", "xy"}}
	hasNoX := operatorCase{"message", toX, []string{"x"}, []string{"aX Yb"}}
	anyAB := operatorCase{"topics", toAB, []string{"A", "C;B", ";A;"}, []string{"C", "a"}}
	noneAB := operatorCase{"topics", toAB, []string{"C"}, []string{"A", "C;B"}}
	exactlyAB := operatorCase{"topics", toAB, []string{"A;B", "B;A"}, []string{"A", "A;B;C"}}
	notExactlyAB := operatorCase{"topics", toAB, []string{"A", "A;B;C"}, []string{"B;A"}}
	allAB := operatorCase{"topics", toAB, []string{"A;B", "C;B;A"}, []string{"A", "C"}}
	notAllAB := operatorCase{"topics", toAB, []string{"A", "C"}, []string{"C;B;A"}}
	five := operatorCase{"score", toFive, []string{"5", "5.0", " 05"}, []string{"5.01", "1,000", "five"}}
	notFive := operatorCase{"score", toFive, []string{"4"}, []string{"5.00", "1,000"}}
	trueCase := operatorCase{"optout", isTrue, []string{"true", "TRUE"}, []string{"false", "yes"}}
	notTrue := operatorCase{"optout", isTrue, []string{"false"}, []string{"true", "no"}}
	return map[string]operatorCase{
		"ALL_PROPERTY IS_KNOWN":     {"message", "", []string{"x", " "}, []string{""}},
		"ALL_PROPERTY IS_UNKNOWN":   {"message", "", []string{""}, []string{"x", " "}},
		"ALL_PROPERTY IS_BLANK":     {"message", "", []string{"", " \n"}, []string{"x"}},
		"ALL_PROPERTY IS_NOT_BLANK": {"message", "", []string{"x"}, []string{"", " "}},

		"STRING IS_EQUAL_TO": isX, "STRING IS_NOT_EQUAL_TO": notX, "STRING CONTAINS": hasX, "STRING DOES_NOT_CONTAIN": hasNoX,
		"STRING STARTS_WITH":            {"message", toX, []string{"x y", "X yz"}, []string{" x y"}},
		"STRING ENDS_WITH":              {"message", toX, []string{"x y", "ax Y"}, []string{"x y "}},
		"STRING HAS_EVER_BEEN_EQUAL_TO": isX, "STRING HAS_NEVER_BEEN_EQUAL_TO": notX, "STRING HAS_EVER_CONTAINED": hasX, "STRING HAS_NEVER_CONTAINED": hasNoX,

		"MULTISTRING IS_EQUAL_TO":              {"message", toXs, []string{"x y", "Z"}, []string{"x"}},
		"MULTISTRING IS_NOT_EQUAL_TO":          {"message", toXs, []string{"x"}, []string{"x y", "z"}},
		"MULTISTRING CONTAINS":                 {"message", toXs, []string{"x y", "fizz"}, []string{"x"}},
		"MULTISTRING DOES_NOT_CONTAIN":         {"message", toXs, []string{"x"}, []string{"fizz", "x y"}},
		"MULTISTRING CONTAINS_EXACTLY":         {"phone", toXs, []string{"x y", "a Z.", "(x y)"}, []string{"fizz", "ax y", "x yz"}},
		"MULTISTRING DOES_NOT_CONTAIN_EXACTLY": {"message", toXs, []string{"fizz"}, []string{"a z"}},
		"MULTISTRING STARTS_WITH":              {"message", toXs, []string{"zoo", "x y"}, []string{"az"}},
		"MULTISTRING ENDS_WITH":                {"message", toXs, []string{"fizZ", "x y"}, []string{"zoo"}},
		"MULTISTRING HAS_EVER_BEEN_EQUAL_TO":   {"message", toXs, []string{"z"}, []string{"x"}},
		"MULTISTRING HAS_NEVER_BEEN_EQUAL_TO":  {"message", toXs, []string{"x"}, []string{"z"}},

		"ENUMERATION IS_ANY_OF": anyAB, "ENUMERATION IS_NONE_OF": noneAB, "ENUMERATION IS_EXACTLY": exactlyAB, "ENUMERATION IS_NOT_EXACTLY": notExactlyAB,
		"ENUMERATION CONTAINS_ALL": allAB, "ENUMERATION DOES_NOT_CONTAIN_ALL": notAllAB, "ENUMERATION HAS_EVER_BEEN_ANY_OF": anyAB, "ENUMERATION HAS_NEVER_BEEN_ANY_OF": noneAB,
		"ENUMERATION HAS_EVER_BEEN_EXACTLY": exactlyAB, "ENUMERATION HAS_NEVER_BEEN_EXACTLY": notExactlyAB, "ENUMERATION HAS_EVER_CONTAINED_ALL": allAB, "ENUMERATION HAS_NEVER_CONTAINED_ALL": notAllAB,

		"NUMBER IS_EQUAL_TO": five, "NUMBER IS_NOT_EQUAL_TO": notFive, "NUMBER HAS_EVER_BEEN_EQUAL_TO": five, "NUMBER HAS_NEVER_BEEN_EQUAL_TO": notFive,
		"NUMBER IS_GREATER_THAN":             {"score", toFive, []string{"5.0000000000000000001", "1e3"}, []string{"5", "-6", "x"}},
		"NUMBER IS_GREATER_THAN_OR_EQUAL_TO": {"score", toFive, []string{"5.", "6"}, []string{"4.9999999999999999999"}},
		"NUMBER IS_LESS_THAN":                {"score", toFive, []string{"4.9", "-1e400"}, []string{"5"}},
		"NUMBER IS_LESS_THAN_OR_EQUAL_TO":    {"score", toFive, []string{"5", ".5"}, []string{"5.1", "NaN", "0x1", "1e401"}},
		"NUMBER_RANGED IS_BETWEEN":           {"score", oneToFive, []string{"1", "5"}, []string{"0.99", "5.01", "x"}},
		"NUMBER_RANGED IS_NOT_BETWEEN":       {"score", oneToFive, []string{"0.99", "5.01"}, []string{"1", "5", "x"}},

		"BOOL IS_EQUAL_TO": trueCase, "BOOL IS_NOT_EQUAL_TO": notTrue, "BOOL HAS_EVER_BEEN_EQUAL_TO": trueCase, "BOOL HAS_NEVER_BEEN_EQUAL_TO": notTrue,

		"DATETIME IS_EQUAL_TO":       {"closedate", toMonday, []string{"2026-01-05T22:59:59Z", "2026-01-04T23:00:00Z"}, []string{"2026-01-05T23:00:00Z", "2026-01-04T22:59:59Z"}},
		"DATETIME IS_BEFORE_DATE":    {"birthday", toMonday, []string{"2026-01-04"}, []string{"2026-01-05"}},
		"DATETIME IS_AFTER_DATE":     {"birthday", toMonday, []string{"2026-01-06"}, []string{"2026-01-05", "soon"}},
		"DATETIME IS_BEFORE":         {"closedate", toMonday, []string{"2026-01-04T23:59:59Z", "1767571199999"}, []string{"2026-01-05T00:00:00Z"}},
		"DATETIME IS_AFTER":          {"closedate", toMonday, []string{"2026-01-05T00:00:01Z"}, []string{"1767571200000"}},
		"RANGED_DATE IS_BETWEEN":     {"birthday", week, []string{"2026-01-05", "2026-01-10"}, []string{"2026-01-04", "2026-01-11"}},
		"RANGED_DATE IS_NOT_BETWEEN": {"birthday", week, []string{"2026-01-04", "2026-01-11"}, []string{"2026-01-05", "2026-01-10", "?"}},

		"ROLLING_DATE_RANGE IS_LESS_THAN_X_DAYS_AGO":      {"birthday", threeDays, []string{"2026-01-05", "2026-01-03"}, []string{"2026-01-02", "2026-01-06"}},
		"ROLLING_DATE_RANGE IS_MORE_THAN_X_DAYS_AGO":      {"closedate", threeDays, []string{"2026-01-02T07:59:59Z"}, []string{"2026-01-02T08:00:00Z", "2026-02-01T00:00:00Z"}},
		"ROLLING_DATE_RANGE IS_LESS_THAN_X_DAYS_FROM_NOW": {"birthday", threeDays, []string{"2026-01-05", "2026-01-07"}, []string{"2026-01-08", "2026-01-04"}},
		"ROLLING_DATE_RANGE IS_MORE_THAN_X_DAYS_FROM_NOW": {"birthday", threeDays, []string{"2026-01-09"}, []string{"2026-01-08"}},

		"COMPARATIVE_DATE IS_BEFORE":     {"birthday", toClose, []string{"2026-03-01"}, []string{"2026-03-02", "2026-03-03"}},
		"COMPARATIVE_DATE IS_AFTER":      {"createdate", toClose, []string{"2026-03-02T10:00:01Z"}, []string{"2026-03-02T10:00:00Z"}},
		"COMPARATIVE_STRING IS_EQUAL_TO": {"message", `"comparisonPropertyName":"firstname"`, []string{"ADA"}, []string{"Charles"}},

		"CALENDAR_DATE IN_THIS_TIME_UNIT":        {"birthday", `"timeUnit":"WEEK"`, []string{"2026-01-05", "2026-01-11"}, []string{"2026-01-04", "2026-01-12"}},
		"CALENDAR_DATE IN_THIS_TIME_UNIT_SO_FAR": {"closedate", `"timeUnit":"DAY"`, []string{"2026-01-05T08:00:00Z"}, []string{"2026-01-05T08:00:01Z", "2026-01-04T22:00:00Z"}},
		"CALENDAR_DATE IN_NEXT_TIME_UNIT":        {"birthday", `"timeUnit":"MONTH","timeUnitCount":2`, []string{"2026-02-01", "2026-03-31"}, []string{"2026-01-31", "2026-04-01"}},
		"CALENDAR_DATE IN_LAST_TIME_UNIT":        {"birthday", `"timeUnit":"QUARTER"`, []string{"2025-10-01", "2025-12-31"}, []string{"2026-01-01", "2025-09-30"}},

		"TIME_POINT IS_BEFORE":       {"closedate", point, []string{"2026-01-04T22:59:59Z", "2026-01-04"}, []string{"2026-01-04T23:00:00Z", "2026-01-05"}},
		"TIME_POINT IS_AFTER":        {"closedate", point, []string{"2026-01-05T23:00:00Z", "2026-01-06"}, []string{"2026-01-05T22:59:59Z", "2026-01-05", "never"}},
		"TIME_RANGED IS_BETWEEN":     {"closedate", points, []string{"2026-01-03T23:00:00Z", "2026-01-05T08:00:00Z", "2026-01-05"}, []string{"2026-01-03T22:59:59Z", "2026-01-05T08:00:01Z"}},
		"TIME_RANGED IS_NOT_BETWEEN": {"closedate", points, []string{"2026-01-05T08:00:01Z"}, []string{"2026-01-05T08:00:00Z", "x"}},
	}
}

func TestEveryOperatorIsEvaluatedOrListed(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/filter-operators.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Operations map[string]struct {
			Operators []string `json:"operators"`
			Later     []string `json:"operators_later"`
			Also      []string `json:"also_documented_2024"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	cases, seen := operatorCases(), 0
	for kind, o := range file.Operations {
		kind = strings.TrimSuffix(kind, "_later")
		for _, operator := range slices.Concat(o.Operators, o.Later, o.Also) {
			seen++
			name := kind + " " + operator
			tc, evaluated := cases[name]
			if evaluated == slices.Contains(notEvaluable, name) {
				t.Errorf("%s must have a case here or be listed as not evaluable", name)
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if evaluated {
					checkOperator(t, kind, operator, tc)
				} else {
					checkNotEvaluable(t, kind, operator)
				}
			})
		}
	}
	if seen != len(cases)+len(notEvaluable) {
		t.Errorf("the file has %d operators, the cases know %d", seen, len(cases)+len(notEvaluable))
	}
}

func operation(kind, operator, operands string) string {
	if operands != "" {
		operands = "," + operands
	}
	return `{"operationType":"` + kind + `","operator":"` + operator + `"` + operands + `}`
}

func checkOperator(t *testing.T, kind, operator string, tc operatorCase) {
	m, problems := compile(t, one(tc.property, operation(kind, operator, tc.operands)), env(t))
	history := strings.HasPrefix(operator, "HAS_")
	if problems.HasErrors() || history != (len(problems) == 1 && problems[0].Code == "no_history") || !history && len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	checkValues(t, m, tc)
	if kind == "ALL_PROPERTY" {
		return
	}
	// Without a value the default is no match, whatever the operator; the filter can ask for the opposite.
	if got := m.Match(with(t)); got.OK || got.Reason() != tc.property+" has no value" {
		t.Errorf("without a value: %v, %q", got.OK, got.Reason())
	}
	m, _ = compile(t, one(tc.property, operation(kind, operator, strings.TrimPrefix(tc.operands+`,"includeObjectsWithNoValueSet":true`, ","))), env(t))
	if got := m.Match(with(t)); !got.OK {
		t.Errorf("with includeObjectsWithNoValueSet: %q", got.Reason())
	}
}

func checkValues(t *testing.T, m *filter.Matcher, tc operatorCase) {
	t.Helper()
	for _, v := range tc.matching {
		r := with(t, "closedate", "2026-03-02T10:00:00Z", "firstname", "Ada", tc.property, v)
		if got := m.Match(r); !got.OK || got.Reason() != "" {
			t.Errorf("%q must match; reason: %s", v, got.Reason())
		}
	}
	for _, v := range tc.failing {
		r := with(t, "closedate", "2026-03-02T10:00:00Z", "firstname", "Ada", tc.property, v)
		got := m.Match(r)
		if got.OK || !strings.HasPrefix(got.Reason(), tc.property+" ") {
			t.Errorf("%q must not match, and the reason must name the property: %q", v, got.Reason())
		}
	}
}

func checkNotEvaluable(t *testing.T, kind, operator string) {
	for _, kindOfBranch := range []string{"OR", "NOT_ANY"} {
		op := operation(kind, operator, `"numberOfDays":3,"comparisonPropertyName":"createdate"`)
		m, problems := compile(t, branches(kindOfBranch, and(property("closedate", op))), env(t))
		if problems.HasErrors() || len(problems) != 1 || problems[0].Code != "no_history" {
			t.Fatalf("problems: %v", problems)
		}
		got := m.Match(with(t, "closedate", "2026-01-01", "createdate", "2026-01-01"))
		if got.OK || !strings.Contains(got.Reason(), "not known in a rehearsal") {
			t.Errorf("%s: %v, %q", kindOfBranch, got.OK, got.Reason())
		}
	}
}

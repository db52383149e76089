package filter_test

import (
	"strings"
	"testing"

	"askflow/internal/filter"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

func TestFindings(t *testing.T) {
	t.Parallel()
	timePoint := func(p string) string {
		return one("closedate", `{"operationType":"TIME_POINT","operator":"IS_AFTER","type":"TIME_POINT","timePoint":{`+p+`}}`)
	}
	for _, tc := range []struct {
		name, branch string
		severity     source.Severity
		code         string
		says         string
		matches      bool // a lead with a score of 5, topics A and a message "hi"
	}{
		{"unknown property", one("lifecyclestag", known), source.SeverityError, "unknown_property", `did you mean "lifecyclestage"?`, false},
		{"label for a property", one("Close date", known), source.SeverityError, "unknown_property", `"closedate"`, false},
		{"far from every property", one("zzzzzzzzzzzz", known), source.SeverityError, "unknown_property", "records/properties.yaml", false},
		{"unknown operationType", one("message", `{"operationType":"MULTISTRNG","operator":"CONTAINS","values":["h"]}`), source.SeverityWarning, "unknown_operation", `did you mean "MULTISTRING"?`, false},
		{"no operationType", one("message", `{"operator":"CONTAINS","values":["h"]}`), source.SeverityError, "unknown_operation", "operationType", false},
		{"IS_NOT_KNOWN", one("message", `{"operationType":"ALL_PROPERTY","operator":"IS_NOT_KNOWN"}`), source.SeverityWarning, "unknown_operator", "use IS_UNKNOWN", false},
		{"search operator", one("score", `{"operationType":"NUMBER","operator":"GTE","value":1}`), source.SeverityWarning, "unknown_operator", "use IS_GREATER_THAN_OR_EQUAL_TO", false},
		{"misspelled operator", one("message", `{"operationType":"STRING","operator":"STARTSWITH","value":"h"}`), source.SeverityWarning, "unknown_operator", `did you mean "STARTS_WITH"?`, false},
		{"not equal to on an enumeration", one("lifecyclestage", `{"operationType":"MULTISTRING","operator":"IS_NOT_EQUAL_TO","values":["customer"]}`), source.SeverityError, "operator_type", "IS_NONE_OF", false},
		{"not equal to as an enumeration operation", one("lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_NOT_EQUAL_TO","values":["customer"]}`), source.SeverityWarning, "unknown_operator", "use IS_NONE_OF", false},
		{"text on a number", one("score", `{"operationType":"STRING","operator":"CONTAINS","value":"5"}`), source.SeverityError, "operator_type", "NUMBER", false},
		{"date on text", one("message", `{"operationType":"ROLLING_DATE_RANGE","operator":"IS_LESS_THAN_X_DAYS_AGO","numberOfDays":2}`), source.SeverityError, "operator_type", "MULTISTRING", false},
		{"missing value", one("score", `{"operationType":"NUMBER","operator":"IS_EQUAL_TO"}`), source.SeverityError, "missing_value", "no value", false},
		{"missing values", one("lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_ANY_OF","values":[]}`), source.SeverityError, "missing_value", "no value", false},
		{"missing bound", one("score", `{"operationType":"NUMBER_RANGED","operator":"IS_BETWEEN","lowerBound":1}`), source.SeverityError, "missing_value", "upperBound", false},
		{"missing days", one("closedate", `{"operationType":"ROLLING_DATE_RANGE","operator":"IS_LESS_THAN_X_DAYS_AGO"}`), source.SeverityError, "missing_value", "numberOfDays", false},
		{"missing point", one("closedate", `{"operationType":"TIME_POINT","operator":"IS_AFTER"}`), source.SeverityError, "missing_value", "timePoint", false},
		{"empty text", one("message", `{"operationType":"STRING","operator":"IS_EQUAL_TO","value":""}`), source.SeverityError, "bad_value", "IS_UNKNOWN", false},
		{"no number", one("score", `{"operationType":"NUMBER","operator":"IS_EQUAL_TO","value":"1,000"}`), source.SeverityError, "bad_value", `"1,000"`, false},
		{"no truth value", one("optout", `{"operationType":"BOOL","operator":"IS_EQUAL_TO","value":"maybe"}`), source.SeverityError, "bad_value", "true or false", false},
		{"bounds the wrong way round", one("score", `{"operationType":"NUMBER_RANGED","operator":"IS_BETWEEN","lowerBound":9,"upperBound":1}`), source.SeverityWarning, "bad_value", "swap", false},
		{"unknown option", one("lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_ANY_OF","values":["lead","custmer"]}`), source.SeverityWarning, "unknown_option", `did you mean "customer"?`, true},
		{"label for an option", one("lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_ANY_OF","values":["Lead"]}`), source.SeverityWarning, "option_label", `"lead"`, true},
		{"single value", one("message", `{"operationType":"MULTISTRING","operator":"CONTAINS","value":"H"}`), source.SeverityWarning, "single_value", "values", true},
		{"history", one("message", `{"operationType":"STRING","operator":"HAS_EVER_CONTAINED","value":"H"}`), source.SeverityWarning, "no_history", "current value", true},
		{"updated at", one("score", `{"operationType":"NUMBER","operator":"IS_EQUAL_TO","value":5,"propertyParser":"UPDATED_AT"}`), source.SeverityWarning, "no_history", "score", false},
		{"updated at of another property", timePoint(`"timeType":"PROPERTY_REFERENCED","property":"createdate","referenceType":"UPDATED_AT"`), source.SeverityWarning, "no_history", "createdate", false},
		{"point of an unknown property", timePoint(`"timeType":"PROPERTY_REFERENCED","property":"creatdate"`), source.SeverityError, "unknown_property", `"createdate"`, false},
		{"no such day", timePoint(`"timeType":"DATE","year":2026,"month":2,"day":30`), source.SeverityError, "bad_value", "2026-02-30", false},
		{"no such time zone", timePoint(`"timeType":"INDEXED","indexReference":{"referenceType":"NOW"},"zoneId":"Europe/Atlantis"`), source.SeverityError, "bad_time_zone", "Europe/Atlantis", false},
		{"the machine's own time zone", timePoint(`"timeType":"INDEXED","indexReference":{"referenceType":"NOW"},"zoneId":"Local"`), source.SeverityError, "bad_time_zone", "Local", false},
		{"no such reference", timePoint(`"timeType":"INDEXED","indexReference":{"referenceType":"TODY"}`), source.SeverityError, "bad_value", `did you mean "TODAY"?`, false},
		{"no such weekday", timePoint(`"timeType":"INDEXED","indexReference":{"referenceType":"WEEK","dayOfWeek":"SOMEDAY"}`), source.SeverityError, "bad_value", "WEEK", false},
		{"offset without end", timePoint(`"timeType":"INDEXED","indexReference":{"referenceType":"NOW"},"offset":{"years":999999999}`), source.SeverityError, "bad_value", "offset", false},
		{"no type of point", timePoint(`"timeType":"SOON"`), source.SeverityError, "bad_value", "INDEXED", false},
		{"fiscal year", timePoint(`"timeType":"INDEXED","indexReference":{"referenceType":"FISCAL_YEAR"}`), source.SeverityWarning, "fiscal_year", "January", false},
		{"no time unit", one("closedate", `{"operationType":"CALENDAR_DATE","operator":"IN_NEXT_TIME_UNIT","timeUnit":"DECADE"}`), source.SeverityError, "bad_value", "QUARTER", false},
		{"no timestamp", one("closedate", `{"operationType":"DATETIME","operator":"IS_AFTER","timestamp":"soon"}`), source.SeverityError, "bad_value", "soon", false},
		{"unknown comparison property", one("message", `{"operationType":"COMPARATIVE_STRING","operator":"IS_EQUAL_TO","comparisonPropertyName":"fistname","defaultComparisonValue":"hi"}`), source.SeverityError, "unknown_property", `"firstname"`, false},
		{"unknown branch type", branches("XOR", ""), source.SeverityWarning, "unknown_filter_branch", "XOR", false},
		{"empty branch beside another", branches("OR", and(property("lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_NONE_OF","values":["lead"]}`))+","+and("")), source.SeverityWarning, "empty_branch", "every record", true},
		{"RESTRICTED", branches("RESTRICTED", ""), source.SeverityWarning, "not_evaluated", "RESTRICTED", false},
		{"filter kind of another tool", and(`{"filterType":"PAGE_VIEW"}`), source.SeverityWarning, "not_evaluated", "PAGE_VIEW", false},
		{"workflow membership", and(`{"filterType":"IN_LIST","listId":"7","operator":"IN_LIST","metadata":{"id":"7","inListType":"WORKFLOWS_ACTIVE"}}`), source.SeverityWarning, "not_evaluated", "WORKFLOWS_ACTIVE", false},
		{"list operator", and(`{"filterType":"IN_LIST","listId":"7","operator":"NOT_IN"}`), source.SeverityWarning, "unknown_operator", "use NOT_IN_LIST", false},
		{"list without an id", and(`{"filterType":"IN_LIST","operator":"IN_LIST"}`), source.SeverityError, "missing_value", "listId", false},
		{"object type", `{"filterBranchType":"ASSOCIATION","operator":"IN_LIST","objectTypeId":"9-9","filters":[],"filterBranches":[]}`, source.SeverityWarning, "unknown_object_type", "9-9", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m, problems := compile(t, tc.branch, env(t))
			if len(problems) != 1 {
				t.Fatalf("got %d problems, want 1: %v", len(problems), problems)
			}
			p := problems[0]
			if p.Severity != tc.severity || p.Code != tc.code || p.File != "flow.json" || p.Line != 1 || p.Col == 0 {
				t.Errorf("got %s %s at %s, want %s %s", p.Severity, p.Code, p.Where(), tc.severity, tc.code)
			}
			if !strings.Contains(p.Error(), tc.says) {
				t.Errorf("%q does not say %q", p.Error(), tc.says)
			}
			got := m.Match(with(t, "lifecyclestage", "lead", "score", "5", "topics", "A", "message", "hi", "closedate", "2026-01-05", "createdate", "2020-01-01"))
			if tc.code == "fiscal_year" {
				if !got.OK {
					t.Error(got.Reason())
				}
				return
			}
			if got.OK != tc.matches || !got.OK && got.Reason() == "" {
				t.Errorf("matches: %v, want %v; reason %q", got.OK, tc.matches, got.Reason())
			}
		})
	}
}

// TestUnknownPartsNeverMatch: what an export has and nobody here knows is named and never matches, not even under NOT; by
// hand it is an error.
func TestUnknownPartsNeverMatch(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{
		"operationType": and(property("message", `{"operationType":"SEMANTIC","operator":"IS_LIKE","value":"h"}`)),
		"operator":      and(property("message", `{"operationType":"STRING","operator":"IS_LIKE","value":"h"}`)),
		"branch":        branches("SOME_OF", ""),
		"object type":   `{"filterBranchType":"ASSOCIATION","operator":"IN_LIST","objectTypeId":"0-999","filters":[],"filterBranches":[]}`,
	} {
		for _, branch := range []string{part, branches("NOT_ANY", part)} {
			m, problems := compile(t, branch, env(t))
			got := m.Match(with(t, "message", "hi"))
			if got.OK || !strings.Contains(got.Reason(), "known") && !strings.Contains(got.Reason(), "evaluated") {
				t.Errorf("%s: matches %v, reason %q", name, got.OK, got.Reason())
			}
			if found := got.Explain(); !got.Unknown || len(found) != 1 || !found[0].Unknown || found[0].OK {
				t.Errorf("%s is explained by %+v, unknown %v", name, found, got.Unknown)
			}
			if problems.HasErrors() || len(problems) != 1 || !strings.Contains(problems[0].Message, "no record meets it") {
				t.Errorf("%s in an export: %v", name, problems)
			}
		}
		byHand := env(t)
		byHand.File = "flow.yaml"
		if _, problems := compile(t, part, byHand); !problems.HasErrors() {
			t.Errorf("%s by hand: %v", name, problems)
		}
	}
}

func TestUnknownListIsAWarning(t *testing.T) {
	t.Parallel()
	e := env(t)
	e.KnowsList = func(string) bool { return false }
	_, problems := compile(t, and(`{"filterType":"IN_LIST","listId":"42","operator":"IN_LIST"}`), e)
	if len(problems) != 1 || problems[0].Code != "unknown_list" || problems[0].Severity != source.SeverityWarning {
		t.Errorf("problems: %v", problems)
	}
}

func TestInferredPropertiesTakeEveryOperation(t *testing.T) {
	t.Parallel()
	for value, op := range map[string]string{
		"5":          `{"operationType":"NUMBER","operator":"IS_EQUAL_TO","value":5}`,
		"true":       `{"operationType":"BOOL","operator":"IS_EQUAL_TO","value":true}`,
		"B;C":        `{"operationType":"ENUMERATION","operator":"IS_ANY_OF","values":["C"]}`,
		"2026-01-05": `{"operationType":"CALENDAR_DATE","operator":"IN_THIS_TIME_UNIT","timeUnit":"DAY"}`,
	} {
		m, problems := compile(t, one("guess", op), env(t))
		if got := m.Match(with(t, "guess", value)); len(problems) > 0 || !got.OK {
			t.Errorf("%s: %v, %s", op, problems, got.Reason())
		}
	}
}

// TestBranchesMadeByHand covers branches that no file was read for: nil members and operations without a node.
func TestBranchesMadeByHand(t *testing.T) {
	t.Parallel()
	day := &hubspot.TimePoint{TimeType: "DATE", Year: 2026, Month: 1, Day: 5, Hour: -1}
	b := &hubspot.FilterBranch{Type: "AND", Branches: []*hubspot.FilterBranch{nil}, Filters: []*hubspot.Filter{
		{Type: "PROPERTY", Property: "message", Operation: hubspot.Operation{Type: "MULTISTRING", Operator: "CONTAINS", Values: []string{"H"}}},
		{Type: "PROPERTY", Property: "closedate", Operation: hubspot.Operation{Type: "TIME_POINT", Operator: "IS_BEFORE", Endpoint: "INCLUSIVE", TimePoint: day}},
	}}
	m, problems := filter.Compile(b, env(t))
	if got := m.Match(with(t, "message", "hi", "closedate", "2026-01-05T20:00:00Z")); len(problems) > 0 || !got.OK {
		t.Errorf("%v, %s", problems, got.Reason())
	}
}

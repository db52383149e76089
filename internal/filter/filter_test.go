package filter_test

import (
	"strings"
	"testing"

	"askflow/internal/filter"
	"askflow/internal/hubspot"

	"github.com/google/go-cmp/cmp"
)

func TestBranches(t *testing.T) {
	t.Parallel()
	lead, hasMessage := property("lifecyclestage", isLead), property("message", known)
	history := property("message", `{"operationType":"ROLLING_PROPERTY_UPDATED","operator":"UPDATED_IN_LAST_X_DAYS","numberOfDays":3}`)
	both := and(lead + "," + hasMessage)
	either := branches("OR", and(lead)+","+and(hasMessage))
	full := []string{"lifecyclestage", "lead", "message", "hi"}
	leadOnly := []string{"lifecyclestage", "lead"}
	customer := []string{"lifecyclestage", "customer"}
	for _, tc := range []struct {
		name, branch string
		props        []string
		ok           bool
		reason       string
	}{
		{"root AND", both, full, true, ""},
		{"AND, first failing condition is the reason", both, customer, false, `lifecyclestage is "customer", not any of lead, marketingqualifiedlead`},
		{"AND, second", both, leadOnly, false, "message has no value"},
		{"OR, one holds", either, leadOnly, true, ""},
		{"OR, none holds", either, customer, false, `lifecyclestage is "customer", not any of lead, marketingqualifiedlead; message has no value`},
		{"OR says a reason once", branches("OR", and(hasMessage)+","+and(hasMessage)), customer, false, "message has no value"},
		{"NOT_ANY, none holds", branches("NOT_ANY", and(hasMessage)), leadOnly, true, ""},
		{"NOT_ANY, one holds", branches("NOT_ANY", and(lead)), leadOnly, false, `not wanted: lifecyclestage is "lead", any of lead, marketingqualifiedlead`},
		{"NOT_ALL, one fails", branches("NOT_ALL", and(lead)+","+and(hasMessage)), leadOnly, true, ""},
		{"NOT_ALL, all hold", branches("NOT_ALL", and(lead)+","+and(hasMessage)), full, false, `not wanted: lifecyclestage is "lead", any of lead, marketingqualifiedlead; message is "hi"`},
		{"empty AND", and(""), nil, true, ""},
		{"empty OR", branches("OR", ""), nil, true, ""},
		{"OR of empty branches", branches("OR", and("")), nil, true, ""},
		{"NOT_ANY of nothing", branches("NOT_ANY", ""), nil, false, "not wanted: the branch is empty, which matches every record"},
		{"unknown does not spoil an OR that holds", branches("OR", and(history)+","+and(lead)), leadOnly, true, ""},
		{"unknown is not made true by NOT", branches("NOT_ALL", and(history)), leadOnly, false, "not wanted: when message was updated is not known in a rehearsal (UPDATED_IN_LAST_X_DAYS)"},
		{"RESTRICTED with conditions", `{"filterBranchType":"RESTRICTED","filterBranches":[],"filters":[` + lead + `]}`, leadOnly, true, ""},
		{"RESTRICTED without", branches("RESTRICTED", ""), leadOnly, false, "the conditions of a RESTRICTED branch are not in the file"},
		{"filter kind of another tool", and(`{"filterType":"FORM_SUBMISSION"}`), leadOnly, false, `a filter of the type "FORM_SUBMISSION" cannot be evaluated in a rehearsal`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m, problems := compile(t, tc.branch, env(t))
			if problems.HasErrors() {
				t.Fatal(problems)
			}
			got := m.Match(with(t, tc.props...))
			if got.OK != tc.ok || got.Reason() != tc.reason || got.OK && got.Unknown {
				t.Errorf("got %v, %q\nwant %v, %q", got.OK, got.Reason(), tc.ok, tc.reason)
			}
		})
	}
}

func TestNilBranchMatches(t *testing.T) {
	t.Parallel()
	m, problems := filter.Compile(nil, filter.CompileEnv{})
	if len(problems) > 0 || !m.Match(with(t)).OK {
		t.Error("no branch is no condition")
	}
	if (filter.Result{}).Reason() != "" || (filter.Result{}).Explain() != nil {
		t.Error("the zero Result has nothing to say")
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	member := with(t)
	member.lists = map[string]bool{"42": true}
	e := env(t)
	e.KnowsList = func(id string) bool { return id == "42" }
	in, problems := compile(t, and(`{"filterType":"IN_LIST","listId":"42","operator":"IN_LIST"}`), e)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	out, _ := compile(t, and(`{"filterType":"IN_LIST","listId":42,"operator":"NOT_IN_LIST"}`), e)
	if !in.Match(member).OK || in.Match(with(t)).Reason() != "the record is not in list 42" {
		t.Error("IN_LIST is wrong")
	}
	if !out.Match(with(t)).OK || out.Match(member).Reason() != "the record is in list 42" {
		t.Error("NOT_IN_LIST is wrong")
	}
}

func TestAssociations(t *testing.T) {
	t.Parallel()
	withCompanies := with(t)
	withCompanies.others = map[string][]record{"company": {
		with(t, "hs_object_id", "55", "name", "Old Mill", "employees", "3"),
		with(t, "hs_object_id", "56", "name", "Engines", "employees", "300"),
	}}
	withCompanies.typeIDs = map[string]int{"company": 279}
	withCompanies.props["message"] = "56"
	branch := func(kind, operator, extra, minimum string) string {
		return branches("OR", `{"filterBranchType":"`+kind+`","filterBranchOperator":"AND","operator":"`+operator+`",`+extra+`,"filterBranches":[],"filters":[`+
			property("employees", `{"operationType":"NUMBER","operator":"IS_GREATER_THAN","value":`+minimum+`}`)+`]}`)
	}
	const toCompany = `"objectTypeId":"0-2","associationTypeId":279,"associationCategory":"HUBSPOT_DEFINED"`
	byProperty := `"objectTypeId":"0-2","propertyWithObjectId":"message"`
	for _, tc := range []struct {
		name, branch string
		record       record
		ok           bool
		reason       string
	}{
		{"one of them meets it", branch("ASSOCIATION", "IN_LIST", toCompany, "100"), withCompanies, true, ""},
		{"none of them", branch("ASSOCIATION", "IN_LIST", toCompany, "1000"), withCompanies, false, `company 55: employees is "3", not greater than 1000`},
		{"none associated", branch("ASSOCIATION", "IN_LIST", toCompany, "1"), with(t), false, "no company is associated"},
		{"type told by the association type", branch("ASSOCIATION", "IN_LIST", `"associationTypeId":279`, "100"), withCompanies, true, ""},
		{"another association type", branch("ASSOCIATION", "IN_LIST", `"objectTypeId":"0-2","associationTypeId":1`, "1"), withCompanies, false, "no company is associated"},
		{"NOT_IN_LIST, none meets it", branch("ASSOCIATION", "NOT_IN_LIST", toCompany, "1000"), withCompanies, true, ""},
		{"NOT_IN_LIST, one meets it", branch("ASSOCIATION", "NOT_IN_LIST", toCompany, "100"), withCompanies, false, `company 56: employees is "300", greater than 100`},
		{"by property", branch("PROPERTY_ASSOCIATION", "IN_LIST", byProperty, "100"), withCompanies, true, ""},
		{"by property, no value", branch("PROPERTY_ASSOCIATION", "IN_LIST", byProperty, "100"), with(t), false, "message has no value, so it names no company"},
		{"by property, no such record", branch("PROPERTY_ASSOCIATION", "IN_LIST", byProperty, "100"), with(t, "message", "99"), false, `no company has the id "99" that message names`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m, problems := compile(t, tc.branch, env(t))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			got := m.Match(tc.record)
			if got.OK != tc.ok || got.Reason() != tc.reason {
				t.Errorf("got %v, %q\nwant %v, %q", got.OK, got.Reason(), tc.ok, tc.reason)
			}
		})
	}
	// Each level multiplies the records to look at, so the levels are few.
	nested := and(property("name", known))
	for range 4 {
		nested = `{"filterBranchType":"ASSOCIATION","filterBranchOperator":"AND","operator":"IN_LIST","objectTypeId":"0-2","filters":[],"filterBranches":[` + nested + `]}`
	}
	if _, problems := compile(t, nested, env(t)); len(problems) != 1 || problems[0].Code != "nested_too_deep" {
		t.Errorf("nested associations: %v", problems)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	event := func(id, operator, filters string) string {
		return `{"filterBranchType":"UNIFIED_EVENTS","filterBranchOperator":"AND","operator":"` + operator + `","eventTypeId":"` + id + `","filterBranches":[],"filters":[` + filters + `]}`
	}
	name := property("hs_name", `{"operationType":"STRING","operator":"IS_EQUAL_TO","value":"lifecyclestage"}`)
	value := property("hs_value", isLead)
	source := property("hs_source", known)
	for _, tc := range []struct {
		name, branch string
		code         string
		lead, other  bool
		reason       string // of a customer
	}{
		{"property changed to a value", event("4-655002", "HAS_COMPLETED", name+","+value), "", true, false, `lifecyclestage is "customer", not any of lead, marketingqualifiedlead`},
		{"property changed", event("4-655002", "HAS_COMPLETED", name), "", true, true, ""},
		{"refinement that only an event has", event("4-655002", "HAS_COMPLETED", name+","+value+","+source), "event_not_emulated", true, false, `lifecyclestage is "customer", not any of lead, marketingqualifiedlead`},
		{"re-enrollment pair", and(name + "," + value), "", true, false, `lifecyclestage is "customer", not any of lead, marketingqualifiedlead`},
		{"re-enrollment pair and more", and(name + "," + value + "," + property("message", known)), "", false, false, `lifecyclestage is "customer", not any of lead, marketingqualifiedlead`},
		{"record created", event("4-1463224", "HAS_COMPLETED", ""), "", true, true, ""},
		{"form submission", event("4-1639801", "HAS_COMPLETED", ""), "event_not_emulated", false, false, "the event Form submission (4-1639801) does not occur in a rehearsal; --enroll all skips the triggers"},
		{"has not completed", event("4-666440", "HAS_NOT_COMPLETED", ""), "event_not_emulated", false, false, "a rehearsal does not know which events have never occurred; --enroll all skips the triggers"},
		{"which property", event("4-655002", "HAS_COMPLETED", value), "missing_value", false, false, "a property-change trigger names no property"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m, problems := compile(t, tc.branch, env(t))
			code := ""
			if len(problems) > 0 {
				code = problems[0].Code
			}
			if code != tc.code || len(problems) > 1 {
				t.Fatalf("problems: %v", problems)
			}
			other := m.Match(with(t, "lifecyclestage", "customer"))
			if m.Match(with(t, "lifecyclestage", "lead")).OK != tc.lead || other.OK != tc.other || other.Reason() != tc.reason {
				t.Errorf("lead must be %v; customer is %v, %q", tc.lead, other.OK, other.Reason())
			}
		})
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	branch := branches("OR",
		and(property("lifecyclestage", isLead)+","+property("message", known))+","+
			branches("NOT_ANY", and(property("score", `{"operationType":"NUMBER","operator":"IS_GREATER_THAN","value":5}`)))+","+
			`{"filterBranchType":"ASSOCIATION","filterBranchOperator":"AND","operator":"IN_LIST","objectTypeId":"0-2","filterBranches":[],"filters":[`+property("name", known)+`]}`)
	m, problems := compile(t, branch, env(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := with(t, "lifecyclestage", "lead", "score", "7")
	r.others = map[string][]record{"company": {with(t, "hs_object_id", "55")}}
	type line struct {
		OK       bool
		Sentence string
		Property string
	}
	var got []line
	for _, c := range m.Match(r).Explain() {
		got = append(got, line{c.OK, c.Sentence, c.Property})
		if c.Pos.Line != 1 || c.Pos.Col < 2 {
			t.Errorf("%q stands at %v", c.Sentence, c.Pos)
		}
	}
	want := []line{
		{true, `lifecyclestage is "lead", any of lead, marketingqualifiedlead`, "lifecyclestage"},
		{false, "message has no value", "message"},
		{false, `not wanted: score is "7", greater than 5`, "score"},
		{false, "company 55: name has no value", "name"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReasonsAreSafeForTerminals(t *testing.T) {
	t.Parallel()
	m, _ := compile(t, one("message", `{"operationType":"MULTISTRING","operator":"CONTAINS","values":["\u001b[2J","ok"]}`), env(t))
	got := m.Match(with(t, "message", "\x1b]0;pwned\a\u202e\x00"+strings.Repeat("ä", 500))).Reason()
	for _, r := range got {
		if r < ' ' || r == 0x7f || r == '\u202e' {
			t.Fatalf("%q holds the control character %q", got, r)
		}
	}
	if n := len([]rune(got)); n > 200 || !strings.Contains(got, "…") {
		t.Errorf("the value must be shortened; the reason has %d characters: %s", n, got)
	}
	if want := `not containing any of "\x1b[2J", "ok"`; !strings.HasSuffix(got, want) {
		t.Errorf("%s does not end in %s", got, want)
	}
}

func TestTypeWithoutDefinitionsIsText(t *testing.T) {
	t.Parallel()
	e := filter.CompileEnv{ObjectType: "2-77", Schema: hubspot.Schema{}, File: "f.json"}
	m, problems := compile(t, one("wheels", `{"operationType":"NUMBER","operator":"IS_EQUAL_TO","value":4}`), e)
	if len(problems) > 0 || !m.Match(with(t, "wheels", "4.0")).OK {
		t.Errorf("problems: %v", problems)
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	m, r := benchmarkCase(t)
	if n := testing.AllocsPerRun(100, func() {
		if !m.Match(r).OK {
			t.Error("the record must match")
		}
	}); n != 0 {
		t.Errorf("Match allocates %v times", n)
	}
}

func benchmarkCase(t testing.TB) (*filter.Matcher, filter.Record) {
	m, problems := compile(t, branches("OR", and(property("lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_NONE_OF","values":["customer"]}`)+","+
		property("message", `{"operationType":"MULTISTRING","operator":"CONTAINS","values":["prices","größe"]}`)+","+
		property("score", `{"operationType":"NUMBER","operator":"IS_GREATER_THAN","value":5}`)+","+
		property("topics", `{"operationType":"ENUMERATION","operator":"CONTAINS_ALL","values":["A","B"]}`)+","+
		property("birthday", `{"operationType":"TIME_POINT","operator":"IS_BEFORE","type":"TIME_POINT","timePoint":{"timeType":"INDEXED","indexReference":{"referenceType":"TODAY"},"offset":{"years":-18}}}`)+","+
		property("closedate", `{"operationType":"CALENDAR_DATE","operator":"IN_THIS_TIME_UNIT","timeUnit":"QUARTER"}`))), env(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m, with(t, "lifecyclestage", "lead", "message", "What GRÖSSE and which PRICES do you have?", "score", "7.5", "topics", "C;B;A",
		"birthday", "1990-12-10", "closedate", "2026-02-01T10:00:00Z")
}

func BenchmarkMatch(b *testing.B) {
	m, r := benchmarkCase(b)
	b.ReportAllocs()
	for b.Loop() {
		if !m.Match(r).OK {
			b.Fatal("the record must match")
		}
	}
}

func BenchmarkReason(b *testing.B) {
	m, _ := benchmarkCase(b)
	r := with(b, "lifecyclestage", "lead", "message", "hello")
	b.ReportAllocs()
	for b.Loop() {
		if m.Match(r).Reason() == "" {
			b.Fatal("a reason was expected")
		}
	}
}

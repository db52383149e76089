package filter_test

import (
	"strings"
	"testing"
	"unicode"

	"askflow/internal/filter"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// FuzzMatch compiles and matches any tree that can be read, with any value in every property.
func FuzzMatch(f *testing.F) {
	for name, tc := range operatorCases() {
		kind, operator, _ := strings.Cut(name, " ")
		f.Add([]byte(one(tc.property, operation(kind, operator, tc.operands))), append(tc.matching, "")[0])
	}
	f.Add([]byte(branches("NOT_ANY", and(property("message", known))+","+branches("RESTRICTED", ""))), "x")
	f.Add([]byte(`{"filterBranchType":"UNIFIED_EVENTS","operator":"HAS_COMPLETED","eventTypeId":"4-655002","filters":[`+property("hs_name", `{"operationType":"STRING","operator":"IS_EQUAL_TO","value":"score"}`)+`]}`), "5")
	f.Add([]byte(`{"filterBranchType":"ASSOCIATION","operator":"NOT_IN_LIST","objectTypeId":"0-2","filters":[`+property("name", known)+`]}`), "\x1b[2J")
	f.Add([]byte(and(`{"filterType":"IN_LIST","listId":"42","operator":"IN_LIST"}`)), "")
	f.Add([]byte(one("closedate", `{"operationType":"TIME_POINT","operator":"IS_AFTER","timePoint":`+indexed("YEAR", `,"month":2,"dayOfMonth":31`)+`,"offset":{"months":-999999}}}`)), "-99999999999999")
	e := env(f)
	base := with(f)
	base.lists = map[string]bool{"42": true}
	f.Fuzz(func(t *testing.T, data []byte, value string) {
		n, problems := source.ParseJSON("flow.json", data)
		if n == nil || problems.HasErrors() {
			return
		}
		r := &source.Reader{File: "flow.json"}
		m, findings := filter.Compile(hubspot.ReadFilterBranch(r, n), e)
		for _, p := range findings {
			noControl(t, p.Error())
		}
		rec := base
		rec.props = map[string]string{"hs_object_id": "1"}
		for _, name := range e.Schema.Of("contact").Names() {
			rec.props[name] = value
		}
		rec.others = map[string][]record{"company": {{props: map[string]string{"name": value, "employees": value}}}}
		got := m.Match(rec)
		reason := got.Reason()
		if got.OK != (reason == "") {
			t.Fatalf("OK is %v, the reason is %q", got.OK, reason)
		}
		noControl(t, reason)
		for _, c := range got.Explain() {
			if c.Sentence == "" {
				t.Fatal("a condition without a sentence")
			}
			noControl(t, c.Sentence)
		}
		if again := m.Match(rec); again.OK != got.OK || again.Reason() != reason {
			t.Fatal("the same record gave another answer")
		}
	})
}

func noControl(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if unicode.IsControl(r) {
			t.Fatalf("%q holds a control character", s)
		}
	}
}

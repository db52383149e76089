package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/hubspot"
)

// explaining is a portal whose workflows use everything that decides about enrollment.
func explaining(t *testing.T) *emulator.Emulator {
	t.Helper()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name,City,Lifecycle Stage,Favorite Harbor,Associated Company IDs\n1,Ada,Rome,Lead,Genoa,11\n2,Bea,Oslo,Customer,,\n3,,Rome,Lead,,12\n4,Dan,Bonn,Opportunity,Kiel,\n"
	files["records/companies.jsonl"] = companiesWithLateProperty()
	files["records/lists.yaml"] = "- {id: \"5\", name: Competitors, object: contact, members: [\"1\"]}\n"
	property := func(name, operation string) string {
		return fmt.Sprintf(`{"filterType":"PROPERTY","property":%q,"operation":%s}`, name, operation)
	}
	is := func(name, value string) string {
		return property(name, fmt.Sprintf(`{"operationType":"MULTISTRING","operator":"IS_EQUAL_TO","values":[%q]}`, value))
	}
	known := func(name string) string {
		return property(name, `{"operationType":"ALL_PROPERTY","operator":"IS_KNOWN"}`)
	}
	branch := func(kind string, filters, branches string) string {
		return fmt.Sprintf(`{"filterBranchType":%q,"filterBranchOperator":%q,"filters":[%s],"filterBranches":[%s]}`, kind, kind, filters, branches)
	}
	company := func(filter string) string {
		return `{"filterBranchType":"ASSOCIATION","filterBranchOperator":"AND","operator":"IN_LIST","objectTypeId":"0-2","associationTypeId":279,"associationCategory":"HUBSPOT_DEFINED","filterBranches":[],"filters":[` + filter + `]}`
	}
	flowOf := func(id, criteria, more string) string {
		return `{"id":"` + id + `","type":"CONTACT_FLOW","flowType":"WORKFLOW","name":"` + id + `","isEnabled":true,"objectTypeId":"0-1","startActionId":"1","nextAvailableActionId":"2",` +
			`"actions":[{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"0-3","actionTypeVersion":0,"fields":{"task_type":"TODO","subject":"x"}}],"enrollmentCriteria":` + criteria + more + `}`
	}
	list := func(b string) string {
		return `{"type":"LIST_BASED","shouldReEnroll":false,"unEnrollObjectsNotMeetingCriteria":false,"reEnrollmentTriggersFilterBranches":[],"listFilterBranch":` + b + `}`
	}
	files["workflows/a-groups.json"] = flowOf("groups", list(branch("OR", "", branch("AND", is("city", "Rome")+","+known("firstname"), "")+","+branch("AND", is("city", "Oslo"), branch("NOT_ALL", known("favorite_harbor"), "")))),
		`,"suppressionListIds":["5","6"],"goalFilterBranch":`+branch("OR", "", branch("AND", property("lifecyclestage", `{"operationType":"ENUMERATION","operator":"IS_ANY_OF","values":["customer"]}`), "")))
	files["workflows/b-company.json"] = flowOf("company", list(branch("OR", "", branch("AND", "", company(known("late_property"))))), "")
	files["workflows/c-event.json"] = flowOf("event", `{"type":"EVENT_BASED","shouldReEnroll":false,"listMembershipFilterBranches":[],"eventFilterBranches":[{"filterBranchType":"UNIFIED_EVENTS","filterBranchOperator":"AND","operator":"HAS_COMPLETED","eventTypeId":"4-1639801","filters":[],"filterBranches":[]}],"refinementCriteria":`+branch("AND", known("firstname"), "")+`}`, "")
	files["workflows/d-manual.json"] = flowOf("manual", `{"type":"MANUAL","shouldReEnroll":true}`, "")
	files["workflows/e-broken.json"] = flowOf("broken", list(branch("OR", "", branch("AND", known("no_such_property"), ""))), "")
	files["workflows/f-nested.json"] = flowOf("nested", list(branch("OR", is("firstname", "Bea"), branch("AND", known("firstname"),
		branch("OR", is("city", "Rome")+","+is("city", "Turin"), "")+","+branch("AND", known("favorite_harbor"), "")))), "")
	files["workflows/g-change.json"] = flowOf("change", `{"type":"EVENT_BASED","shouldReEnroll":false,"listMembershipFilterBranches":[],"eventFilterBranches":[`+
		branch("AND", is("hs_name", "city")+","+is("hs_value", "Bonn")+","+known("firstname"), "")+","+branch("OR", "", "")+`]}`,
		`,"suppressionFilterBranch":`+branch("OR", "", branch("NOT_ANY", known("favorite_harbor"), "")))
	return open(t, writePortal(t, files))
}

// companiesWithLateProperty carry a property of their own only in the last of many records.
func companiesWithLateProperty() string {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "{\"id\":\"%d\",\"properties\":{\"name\":\"Company %d\"}}\n", 11+i, i)
	}
	return b.String() + `{"id":"900","properties":{"late_property":"x"},"associations":{"contacts":["4"]}}` + "\n"
}

func TestExplain(t *testing.T) {
	t.Parallel()
	e := explaining(t)
	get := func(id string) map[string]emulator.Explanation {
		r, err := e.Record(t.Context(), "contact", id)
		if err != nil {
			t.Fatal(err)
		}
		all, err := e.Explain(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]emulator.Explanation{}
		for _, x := range all {
			out[x.Name] = x
		}
		return out
	}
	type condition = emulator.Condition
	want := emulator.Explanation{
		File: "workflows/a-groups.json", Name: "groups", Reason: "in the suppression list Competitors (5)",
		Sections: []emulator.Section{
			{Title: "enrollment triggers", OK: true, Any: true, Groups: [][]condition{
				{{OK: true, Sentence: `city is "Rome", equal to "Rome"`, Property: "city"}, {OK: true, Sentence: `firstname is "Ada"`, Property: "firstname"}},
				{{Sentence: `city is "Rome", not equal to "Oslo"`, Property: "city"}, {Sentence: `not wanted: favorite_harbor is "Genoa"`, Property: "favorite_harbor"}},
			}},
			{Title: "suppression lists", Any: true, Groups: [][]condition{
				{{OK: true, Sentence: "in the list Competitors (5)"}}, {{Unknown: true, Sentence: "the list 6 is not in records/lists.yaml, so no record is in it"}},
			}},
			{Title: "goal", OK: true, Groups: [][]condition{{{Sentence: `lifecyclestage is "lead", not any of customer`, Property: "lifecyclestage"}}}},
		},
	}
	ada := get("1")
	if diff := cmp.Diff(want, ada["groups"]); diff != "" {
		t.Error("(-want +got):", diff)
	}
	for id, check := range map[string]func(map[string]emulator.Explanation) bool{
		"1": func(x map[string]emulator.Explanation) bool { // the associated company has no value
			return !x["company"].Enrolls && x["company"].Sections[0].Groups[0][0].Property == "late_property" && x["company"].Problem == ""
		},
		"2": func(x map[string]emulator.Explanation) bool { // the goal is met
			return x["groups"].Sections[0].OK && !x["groups"].Sections[2].OK && x["groups"].Reason == "the goal is met already"
		},
		"3": func(x map[string]emulator.Explanation) bool { // no first name, so refined away
			return x["event"].Sections[1].Title == "refinement criteria" && !x["event"].Sections[1].OK && !x["groups"].Enrolls && x["Grade"].Reason == "firstname has no value"
		},
		"4": func(x map[string]emulator.Explanation) bool {
			nested, change := x["nested"].Sections[0].Groups, x["change"].Sections
			if len(nested) != 2 || len(nested[1]) != 3 || nested[1][1].OK || !strings.Contains(nested[1][1].Sentence, `not equal to "Turin"`) {
				t.Errorf("nested: %+v", nested)
			}
			if len(change[0].Groups) != 2 || len(change[0].Groups[0]) != 2 || change[0].Groups[0][0].Sentence != `city is "Bonn", equal to "Bonn"` || !strings.Contains(change[0].Groups[1][0].Sentence, "every record") {
				t.Errorf("change: %+v", change)
			}
			return x["company"].Enrolls && strings.HasPrefix(x["company"].Sections[0].Groups[0][0].Sentence, "company 900: ") && x["event"].Sections[0].Groups[0][0].Unknown &&
				strings.Contains(x["manual"].Sections[0].Groups[0][0].Sentence, "by hand") && strings.Contains(x["broken"].Problem, "no_such_property") && len(x["broken"].Sections) == 0 && x["broken"].Reason == ""
		},
	} {
		if x := get(id); !check(x) {
			t.Errorf("contact %s: %+v", id, x)
		}
	}
	if out, err := e.Explain(t.Context(), nil); err != nil || len(out) != 0 {
		t.Errorf("no record: %v, %v", out, err)
	}
}

// TestExplainIsWhatARunDoes compares with the walk that a run begins with, over every record of two portals.
func TestExplainIsWhatARunDoes(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]*emulator.Emulator{"demo": demo(t), "all": explaining(t)} {
		seen := map[bool]int{}
		recs := eachRecord(t, e)
		if len(recs) > 60 {
			recs = append(recs[:30:30], recs[len(recs)-30:]...)
		}
		for _, r := range recs {
			got, err := e.Explain(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			want := e.Eligible(t.Context(), r)
			if len(got) != len(want) {
				t.Fatalf("%s: %d workflows, want %d", r.ID, len(got), len(want))
			}
			for i, x := range got {
				if runs := !strings.Contains(want[i].Reason, "cannot run"); x.Enrolls != want[i].Enrolls || runs != (x.Problem == "") || runs && x.Reason != want[i].Reason {
					t.Errorf("%s: %s %s: %+v, want %+v", name, r.ID, x.Name, x, want[i])
				}
				all := x.Problem == ""
				for _, s := range x.Sections {
					all = all && s.OK
				}
				if all != x.Enrolls {
					t.Errorf("%s: %s %s: the sections say %v: %+v", name, r.ID, x.Name, all, x)
				}
				seen[x.Enrolls]++
			}
		}
		if seen[true] == 0 || seen[false] == 0 {
			t.Errorf("%s: the test sees only one side: %v", name, seen)
		}
	}
}

func TestExplainSeesChangesAndEnds(t *testing.T) {
	t.Parallel()
	dir := gradePortal(t, 2)
	e := open(t, dir)
	r := hubspot.NewRecordFromMap("contact", "1", map[string]string{"firstname": "Ada"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Explain(ctx, r); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
	if _, err := e.Associations(ctx, r); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got, err := e.Explain(t.Context(), r); err != nil || len(got) != 1 || !got[0].Enrolls {
				t.Errorf("%+v, %v", got, err)
			}
			if _, err := e.Associations(t.Context(), r); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := os.Remove(filepath.Join(dir, "records", "contacts.csv")); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Explain(t.Context(), r); err != nil || !got[0].Enrolls { // the workflow needs no record of its type
		t.Errorf("%+v, %v", got, err)
	}
}

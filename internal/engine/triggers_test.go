package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/engine"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// listWorld has lists only.
type listWorld struct {
	noWorld
	lists map[string]string // list: record ids
}

func (w listWorld) InList(list, _, record string) bool {
	return strings.Contains(w.lists[list], record)
}

const manyTriggers = `name: Test
object: contact
enabled: true
enroll:
  when:
    - {city: {is: Oslo}, firstname: known}
    - {state: {is: [CA, NY]}}
    - {in_list: "7"}
suppress_lists: [42, 43]
goal: {lifecyclestage: {any_of: [customer]}}
steps:
  - ask_openai_assistant: {id: ask, assistant: helper, prompt: "{{ enrolled_object.firstname }}"}
  - set_property: {property: lifecyclestage, value: customer}
`

const changedState = `{filterType: PROPERTY, property: hs_name, operation: {operationType: STRING, operator: IS_EQUAL_TO, value: state}}`

// manyEvents enrolls by events and by a list, with refinement criteria.
const manyEvents = `name: Test
object: contact
enabled: true
enroll:
  criteria:
    type: EVENT_BASED
    shouldReEnroll: false
    eventFilterBranches:
      - filterBranchType: UNIFIED_EVENTS
        operator: HAS_COMPLETED
        eventTypeId: "4-655002"
        filters:
          - ` + changedState + `
          - {filterType: PROPERTY, property: hs_value, operation: {operationType: MULTISTRING, operator: IS_EQUAL_TO, values: [CA]}}
      - {filterBranchType: UNIFIED_EVENTS, operator: HAS_COMPLETED, eventTypeId: "4-655002", filters: [` + changedState + `]}
      - {filterBranchType: UNIFIED_EVENTS, operator: HAS_COMPLETED, eventTypeId: "4-1463224"}
      - {filterBranchType: UNIFIED_EVENTS, operator: HAS_COMPLETED, eventTypeId: "4-1639801"}
      - {filterBranchType: UNIFIED_EVENTS, operator: HAS_NOT_COMPLETED, eventTypeId: "4-1639801"}
    listMembershipFilterBranches:
      - {filterBranchType: AND, filters: [{filterType: IN_LIST, listId: "7", operator: IN_LIST}]}
    refinementCriteria:
      filterBranchType: OR
      filters: [{filterType: PROPERTY, property: city, operation: {operationType: MULTISTRING, operator: IS_NOT_EQUAL_TO, values: [Rome, Bonn], includeObjectsWithNoValueSet: true}}]
      filterBranches: [{filterBranchType: AND, filters: [{filterType: PROPERTY, property: city, operation: {operationType: ALL_PROPERTY, operator: IS_UNKNOWN}}]}]
steps:
  - stop: true
`

// shown lists the triggers of a program: "line label".
func shownTriggers(p *engine.Program) []string {
	out := []string{}
	for _, t := range p.Triggers() {
		out = append(out, fmt.Sprintf("%d %s", t.Pos.Line, t.Label))
	}
	return out
}

func TestTriggers(t *testing.T) {
	t.Parallel()
	header := "name: Test\nobject: contact\nenabled: true\n"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"lists", manyTriggers, []string{"6 city is Oslo AND firstname is known", "7 state is any of CA, NY", "8 in list 7", "9 suppression list Rivals (42)", "9 suppression list 43",
			"10 goal: lifecyclestage is any of customer"}},
		{"events", manyEvents, []string{"9 state changes and is CA", "15 state changes", "16 the record is created", "17 the event 4-1639801 occurs", "18 the event 4-1639801 has not occurred",
			"20 in list 7", "23 refined by: city is none of Rome, Bonn, or has no value", "24 refined by: city is unknown"}},
		{"by hand", header + "enroll: {manual: true}\nsteps: [{stop: true}]\n", []string{}},
		{"nothing", header + "steps: [{stop: true}]\n", []string{}},
		{"no condition", header + "enroll: {criteria: {type: LIST_BASED, shouldReEnroll: false, listFilterBranch: {filterBranchType: AND}}}\nsteps: [{stop: true}]\n", []string{"4 every record"}},
		{"a dataset", header + "enroll: {criteria: {type: DATASET, shouldReEnroll: false, datasetId: \"12\"}}\nsteps: [{stop: true}]\n", []string{"4 in the dataset 12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := compile(t, c.text, echo, func(cfg *engine.Config) { cfg.ListNames = map[string]string{"42": "Rivals"} })
			if diff := cmp.Diff(c.want, shownTriggers(p)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, one := range p.Triggers() {
				if one.File != "workflows/test.yaml" {
					t.Errorf("%q stands in %q", one.Label, one.File)
				}
			}
		})
	}
}

// TestTriggerWords looks at conditions of every kind.
func TestTriggerWords(t *testing.T) {
	t.Parallel()
	property := func(name, operation string) string {
		return "{filterType: PROPERTY, property: " + name + ", operation: {" + operation + "}}"
	}
	for _, c := range []struct{ branch, want string }{
		{`{filterBranchType: AND, filters: [` + property("createdate", "operationType: ROLLING_DATE_RANGE, operator: IS_LESS_THAN_X_DAYS_AGO, numberOfDays: 7") + `]}`, "createdate is less than x days ago (7 days)"},
		{`{filterBranchType: AND, filters: [` + property("createdate", "operationType: CALENDAR_DATE, operator: IN_LAST_TIME_UNIT, timeUnit: WEEK, timeUnitCount: 2") + `]}`, "createdate in last time unit 2 week"},
		{`{filterBranchType: AND, filters: [` + property("annualrevenue", "operationType: NUMBER_RANGED, operator: IS_BETWEEN, lowerBound: 1, upperBound: 5") + `]}`, "annualrevenue is between 1 and 5"},
		{`{filterBranchType: AND, filters: [` + property("numemployees", "operationType: ENUMERATION, operator: IS_ANY_OF, values: [a, b, c, d, e, f, g]") + `]}`, "numemployees is any of a, b, c, d, e, … 2 more"},
		{`{filterBranchType: AND, filters: [` + property("createdate", "operationType: COMPARATIVE_DATE, operator: IS_BEFORE, comparisonPropertyName: closedate") + `]}`, "createdate is before the property closedate"},
		{`{filterBranchType: AND, filters: [` + property("createdate", `operationType: TIME_POINT, operator: IS_AFTER, timePoint: {timeType: DATE, zoneId: UTC, year: 2026, month: 2, day: 3, hour: 4, minute: 5}`) + `]}`, "createdate is after 2026-02-03 04:05"},
		{`{filterBranchType: AND, filters: [` + property("createdate", `operationType: TIME_RANGED, operator: IS_BETWEEN, lowerBoundTimePoint: {timeType: INDEXED, zoneId: UTC, indexReference: {referenceType: TODAY}, offset: {days: -7}}, upperBoundTimePoint: {timeType: PROPERTY_REFERENCED, property: closedate, referenceType: VALUE}`) + `]}`, "createdate is between today -7 days and the property closedate"},
		{`{filterBranchType: NOT_ANY, filters: [` + property("city", "operationType: ALL_PROPERTY, operator: IS_KNOWN") + `], filterBranches: [{filterBranchType: NOT_ALL, filters: [` + property("zip", "operationType: ALL_PROPERTY, operator: IS_KNOWN") + `]}]}`,
			"none of: city is known, not all of: zip is known"},
		{`{filterBranchType: AND, filters: [` + property("city", "operationType: ALL_PROPERTY, operator: IS_KNOWN") + `], filterBranches: [{filterBranchType: OR, filters: [` + property("zip", "operationType: ALL_PROPERTY, operator: IS_KNOWN") + `, {filterType: IN_LIST, listId: "9", operator: NOT_IN_LIST}]}]}`,
			"city is known AND (zip is known OR not in list 9)"},
		{`{filterBranchType: ASSOCIATION, filterBranchOperator: OR, operator: IN_LIST, objectTypeId: 0-2, associationCategory: HUBSPOT_DEFINED, associationTypeId: 279, filters: [` + property("name", "operationType: ALL_PROPERTY, operator: IS_KNOWN") + `, ` + property("domain", "operationType: ALL_PROPERTY, operator: IS_UNKNOWN") + `]}`,
			"an associated company with name is known OR domain is unknown"},
		{`{filterBranchType: ASSOCIATION, filterBranchOperator: AND, operator: NOT_IN_LIST, objectTypeId: 0-2, associationCategory: HUBSPOT_DEFINED, associationTypeId: 279}`, "no associated company with every record"},
		{`{filterBranchType: AND, filters: [` + changedState + `, ` + property("hs_value", "operationType: ALL_PROPERTY, operator: IS_KNOWN") + `]}`, "state changes"},
		{`{filterBranchType: AND, filters: [{filterType: FORM_SUBMISSION}]}`, "a condition of the type FORM_SUBMISSION"},
		{`{filterBranchType: AND, filters: [` + property("city", `operationType: MULTISTRING, operator: IS_EQUAL_TO, values: ["\e[2J`+strings.Repeat("x", 400)+`", b]`) + `]}`, `city is any of \x1b[2J` + strings.Repeat("x", 56) + `…, b`},
	} {
		text := "name: Test\nobject: contact\nenabled: true\nenroll: {criteria: {type: LIST_BASED, shouldReEnroll: false, listFilterBranch: " + c.branch + "}}\nsteps: [{stop: true}]\n"
		p := compile(t, text, echo, func(cfg *engine.Config) { cfg.Env.Schema = nil }) // every property is of any type
		if diff := cmp.Diff([]string{"4 " + c.want}, shownTriggers(p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.branch, diff)
		}
	}
}

func TestTriggersMet(t *testing.T) {
	t.Parallel()
	lists := listWorld{lists: map[string]string{"7": "3", "42": "1 4", "43": ""}}
	record := func(id string, values ...string) *hubspot.Record {
		m := map[string]string{}
		for i := 0; i < len(values); i += 2 {
			m[values[i]] = values[i+1]
		}
		return hubspot.NewRecordFromMap("contact", id, m)
	}
	for _, c := range []struct {
		text string
		rec  *hubspot.Record
		want string // one digit for each trigger
	}{
		{manyTriggers, record("1", "city", "Oslo", "firstname", "Ada"), "100100"},
		{manyTriggers, record("2", "city", "Oslo", "state", "NY"), "010000"},
		{manyTriggers, record("3", "city", "Oslo", "firstname", "Ada", "state", "CA"), "111000"},
		{manyTriggers, record("4", "lifecyclestage", "customer"), "000101"},
		{manyTriggers, record("5"), "000000"},
		{manyTriggers, nil, "000000"},
		{manyEvents, record("3", "state", "CA", "city", "Bonn"), "11100100"},
		{manyEvents, record("1", "state", "NY", "city", "Oslo"), "01100010"},
		{manyEvents, record("1"), "00100011"},
	} {
		for _, mode := range []engine.EnrollMode{{}, {All: true}, {IDs: map[string]bool{"none": true}}} {
			p := compile(t, c.text, echo, func(cfg *engine.Config) { cfg.World, cfg.Enroll = lists, mode })
			got := ""
			for _, met := range p.TriggersMet(c.rec) {
				got += map[bool]string{true: "1", false: "0"}[met]
			}
			if got != c.want {
				t.Errorf("%v with %+v meets %s, want %s", c.rec, mode, got, c.want)
			}
		}
	}
}

// TestLeftBy: records that meet the goal, or the unenrollment triggers, only on their way.
func TestLeftBy(t *testing.T) {
	t.Parallel()
	const platform = `name: Test
object: deal
enabled: true
enroll: {when: {dealname: known}}
suppress_when: {description: {is: stop}}
steps:
  - set_property: {property: description, value: stop}
`
	goal := compile(t, manyTriggers, echo, func(cfg *engine.Config) { cfg.World = listWorld{} })
	m := newMemory()
	if _, err := goal.Run(context.Background(), &contacts{n: 1}, m, "r1", engine.Options{Concurrency: 1}); err != nil {
		t.Fatal(err)
	}
	row := m.rows[0]
	if got := goal.LeftBy(row.State, row.Reason); row.State != run.GoalMet || got != 5 {
		t.Errorf("%s by %d", row.State, got)
	}
	unenroll := compile(t, platform, echo, nil)
	enrolls, why := unenroll.Considers(hubspot.NewRecordFromMap("deal", "1", map[string]string{"dealname": "x", "description": "stop"}))
	if got := unenroll.LeftBy(run.Unenrolled, why); enrolls || got != 1 {
		t.Errorf("unenrolled by %d because of %q", got, why)
	}
	for state, reason := range map[run.State]string{run.Completed: "", run.Unenrolled: "no longer meets the enrollment triggers: x", run.NotEnrolled: why} {
		if got := unenroll.LeftBy(state, reason); got != -1 {
			t.Errorf("%s %q left by %d", state, reason, got)
		}
	}
	if got := unenroll.LeftBy(run.GoalMet, ""); got != -1 {
		t.Errorf("a workflow without a goal was left by %d", got)
	}
}

func TestAskingSteps(t *testing.T) {
	t.Parallel()
	const text = `name: Test
object: contact
enabled: true
enroll: {when: {city: known}}
steps:
  - ask_openai_assistant: {id: one, assistant: helper, prompt: "1"}
  - ask_openai_assistant: {id: two, assistant: HELPER, model: gpt-5.4-mini, prompt: "2"}
  - ask_openai_assistant: {id: pinned, assistant: helper, prompt: "3"}
  - ask_openai_assistant: {id: stubbed, assistant: helper, prompt: "4"}
  - ask_openai_assistant: {id: nobody, assistant: unknown, prompt: "5"}
  - set_property: {property: city, value: x}
`
	helper := &assistant.Assistant{ID: "asst_1", Name: "helper", Model: "gpt-6-luna"}
	p := compile(t, text, echo, func(cfg *engine.Config) {
		cfg.Pins, cfg.Stubs = map[string]string{"3": "x"}, map[string]bool{"4": true}
		cfg.Env.Ask.Assistant = func(name string) (*assistant.Assistant, bool) { return helper, strings.EqualFold(name, "helper") }
	})
	want := []engine.AskingStep{
		{Step: "1", StepName: "one", Assistant: "asst_1", AssistantName: "helper", Model: "gpt-6-luna"},
		{Step: "2", StepName: "two", Assistant: "asst_1", AssistantName: "helper", Model: "gpt-5.4-mini"},
	}
	if diff := cmp.Diff(want, p.AskingSteps()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkTriggersMet(b *testing.B) {
	p := compile(b, manyTriggers, echo, func(cfg *engine.Config) { cfg.World = listWorld{} })
	rec := hubspot.NewRecordFromMap("contact", "1", map[string]string{"city": "Oslo", "firstname": "Ada"})
	b.ReportAllocs()
	for b.Loop() {
		if met := p.TriggersMet(rec); !met[0] {
			b.Fatal(met)
		}
	}
}

package flow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/flow"
)

const messageKnown = `{"filterBranchType":"OR","filterBranchOperator":"OR","filterBranches":[{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[` +
	`{"filterType":"PROPERTY","property":"message","operation":{"operationType":"ALL_PROPERTY","operator":"IS_KNOWN","includeObjectsWithNoValueSet":false}}]}],"filters":[]}`

func changed(property, value string) string {
	return `{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[` +
		`{"filterType":"PROPERTY","property":"hs_name","operation":{"operationType":"STRING","operator":"IS_EQUAL_TO","includeObjectsWithNoValueSet":false,"value":"` + property + `"}},` +
		`{"filterType":"PROPERTY","property":"hs_value","operation":` + value + `}]}`
}

func TestFlowMembers(t *testing.T) {
	t.Parallel()
	v4 := fromYAML(t, `
id: 077
name: N
description: D
object: Contacts
enabled: true
enroll:
  when: [{message: known}]
  re_enroll: [message, {state: {any_of: [CA]}}]
  unenroll_when_not_met: true
suppress_lists: [42]
goal: {message: known}
data_sources:
  - {name: company, object: company}
  - {name: deal, object: deal, sort: {property: createdate, order: DESC}}
  - {name: newest, object: company, association: 1, by: association_time}
  - {name: labelled, object: 2-55, association: {associationCategory: USER_DEFINED, associationTypeId: 9}}
  - {type: STATIC_PROPERTY_FILTER, name: s, propertyName: domain, staticValue: x}
steps:
  - delay: {days: 1, id: wait}
flow: {revisionId: "3", customProperties: {mine: "1"}, timeWindows: null}
flow_without: [canEnrollFromSalesforce, blockedDates]
`)
	want := `{"id":"077","revisionId":"3","type":"CONTACT_FLOW","flowType":"WORKFLOW","name":"N","description":"D","objectTypeId":"0-1","isEnabled":true,"startActionId":"1","nextAvailableActionId":"2",` +
		`"actions":[{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"0-1","actionTypeVersion":0,"fields":{"delta":"1","time_unit":"DAYS"}}],` +
		`"enrollmentCriteria":{"type":"LIST_BASED","shouldReEnroll":true,"listFilterBranch":` + messageKnown + `,"unEnrollObjectsNotMeetingCriteria":true,"reEnrollmentTriggersFilterBranches":[` +
		changed("message", `{"operationType":"ALL_PROPERTY","operator":"IS_KNOWN","includeObjectsWithNoValueSet":false}`) + `,` +
		changed("state", `{"operationType":"ENUMERATION","operator":"IS_ANY_OF","includeObjectsWithNoValueSet":false,"values":["CA"]}`) + `]},` +
		`"timeWindows":null,"customProperties":{"askflow_step_1":"wait","mine":"1"},` +
		`"dataSources":[{"type":"ASSOCIATION","name":"company","objectTypeId":"0-2","associationCategory":"HUBSPOT_DEFINED","associationTypeId":279},` +
		`{"type":"ASSOCIATION","name":"deal","objectTypeId":"0-3","associationCategory":"HUBSPOT_DEFINED","associationTypeId":4,"sortBy":{"property":"createdate","order":"DESC"}},` +
		`{"type":"ASSOCIATION_TIMESTAMP","name":"newest","objectTypeId":"0-2","associationCategory":"HUBSPOT_DEFINED","associationTypeId":1},` +
		`{"type":"ASSOCIATION","name":"labelled","objectTypeId":"2-55","associationCategory":"USER_DEFINED","associationTypeId":9},` +
		`{"type":"STATIC_PROPERTY_FILTER","name":"s","propertyName":"domain","staticValue":"x"}],` +
		`"suppressionListIds":[42],"goalFilterBranch":` + messageKnown + `}`
	if diff := cmp.Diff(want, compact(v4)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	toYAML(t, v4)
}

func TestOtherFlows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, yaml, member, want string }{
		{"platform", "object: deal\nsteps: []", "type", `"PLATFORM_FLOW"`},
		{"off by default", "object: deal\nsteps: []", "isEnabled", "false"},
		{"suppress_when", "object: deal\nsuppress_when: {message: known}\nsteps: []", "suppressionFilterBranch", messageKnown},
		{"manual", "object: deal\nenroll: {manual: true, re_enroll: true}\nsteps: []", "enrollmentCriteria", `{"type":"MANUAL","shouldReEnroll":true}`},
		{"criteria", "object: deal\nenroll: {criteria: {type: DATASET, datasetId: 5}}\nsteps: []", "enrollmentCriteria", `{"type":"DATASET","datasetId":5}`},
		{"re_enroll: true", "object: deal\nenroll: {when: {message: known}, re_enroll: true}\nsteps: []", "enrollmentCriteria",
			`{"type":"LIST_BASED","shouldReEnroll":true,"listFilterBranch":` + messageKnown + `,"unEnrollObjectsNotMeetingCriteria":false,"reEnrollmentTriggersFilterBranches":[]}`},
		{"in_list", "object: contact\ngoal: {in_list: 42, not_in_list: '043'}\nsteps: []", "goalFilterBranch",
			`{"filterBranchType":"OR","filterBranchOperator":"OR","filterBranches":[{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[` +
				`{"filterType":"IN_LIST","listId":"42","operator":"IN_LIST"},{"filterType":"IN_LIST","listId":"043","operator":"NOT_IN_LIST"}]}],"filters":[]}`},
		{"raw filter and branch", "object: contact\ngoal: {filter: [{filterType: X}, {filterBranchType: ASSOCIATION}]}\nsteps: []", "goalFilterBranch",
			`{"filterBranchType":"OR","filterBranchOperator":"OR","filterBranches":[{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[{"filterBranchType":"ASSOCIATION"}],"filters":[{"filterType":"X"}]}],"filters":[]}`},
		{"filter_branch", "object: contact\ngoal: {filter_branch: {filterBranchType: AND}}\nsteps: []", "goalFilterBranch", `{"filterBranchType":"AND"}`},
		{"the whole object", "flow: {actions: [], type: X, z: 1}", "z", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v4 := fromYAML(t, c.yaml+"\n")
			if diff := cmp.Diff(c.want, compact(v4.Get(c.member))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			toYAML(t, v4)
		})
	}
}

func TestDelayUntilInAZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	v4 := fromYAML(t, "object: contact\nsteps: [{delay_until: {date: 2026-02-01T09:00}}]\n", flow.WithTimeZone(berlin))
	if got := v4.Get("actions").Items[0].Get("fields").Get("date").Get("staticValue").Text; got != "1769932800000" {
		t.Error(got)
	}
	if text := toYAML(t, v4, flow.WithTimeZone(berlin)); !strings.Contains(text, "2026-02-01T09:00") {
		t.Error(text)
	}
	if text := toYAML(t, v4); !strings.Contains(text, "2026-02-01T08:00:00Z") {
		t.Error(text)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	step := func(s string) string { return "object: contact\nsteps:\n  - " + s + "\n" }
	goal := func(s string) string { return "object: contact\ngoal: " + s + "\nsteps: []\n" }
	for _, c := range []struct{ yaml, where, want string }{
		{"[]", "w.yaml:1:1", "must be an object"},
		{"actions: []\nobjectTypeId: 0-1", "w.yaml:1:1", "looks like HubSpot's v4 object"},
		{"steps: []", "w.yaml:1:1", `needs "object"`},
		{"object: contct\nsteps: []", "w.yaml:1:9", `did you mean "contact"?`},
		{"object: contact\nstep: []", "w.yaml:2:1", `did you mean "steps"?`},
		{"object: contact\nname: [x]", "w.yaml:2:7", `"name" must be text`},
		{"object: contact\nenabled: maybe", "w.yaml:2:10", "must be true or false"},
		{"object: deal\ngoal: {a: known}", "w.yaml:2:7", "only contact workflows have a goal"},
		{"object: deal\nsuppress_lists: [1]", "w.yaml:2:17", "suppress_when"},
		{"object: contact\nsuppress_when: {a: known}", "w.yaml:2:16", "not for contact workflows"},
		{"object: contact\nflow: 5", "w.yaml:2:7", "flow holds members"},
		{"name: x\nflow: {actions: []}", "w.yaml:1:1", "beside it"},
		{"object: contact\nflow_without: [actions]", "w.yaml:2:16", "cannot be without actions"},
		{"object: contact\nenroll: {}", "w.yaml:2:9", "one of when, manual: true and criteria"},
		{"object: contact\nenroll: {manual: true, re_enroll: [a]}", "w.yaml:2:35", "no triggers"},
		{"object: contact\ndata_sources: [{name: x}]", "w.yaml:2:16", `needs "object"`},
		{"object: contact\ndata_sources: [{name: x, object: product}]", "w.yaml:2:34", "no default association from contact to product"},
		{"object: contact\nsteps: {delay: 1d}", "w.yaml:2:8", "start each step with a dash"},
		{step("go_to: nowhere\n  - delay: {days: 1, id: nowehre}"), "w.yaml:3:12", `did you mean "nowehre"?`},
		{step("go_to: a\n  - delay: {days: 1, id: a}"), "w.yaml:3:12", "cannot start with go_to"},
		{step("notfy: {users: [1]}"), "w.yaml:3:5", `did you mean "notify"?`},
		{step("stop"), "w.yaml:3:5", "a step must be an object"},
		{step("{}"), "w.yaml:3:5", "this step is empty"},
		{step("delay: 1d\n    notify: {users: [1], subject: s}"), "w.yaml:4:5", "its own dash"},
		{step("delay: 1d\n    naxt: x"), "w.yaml:4:5", `did you mean "next"?`},
		{step("delay: 1d\n    stop: true\n    next: x"), "w.yaml:4:11", "cannot both be followed"},
		{step("delay: 2 days"), "w.yaml:3:12", "write 30m, 4h, 2d"},
		{step("delay: -2d"), "w.yaml:3:12", "cannot be negative"},
		{step("delay: {}"), "w.yaml:3:12", "no length"},
		{step("delay: {days: 1, hours: 2}"), "w.yaml:3:19", "one whole number of one unit"},
		{step("delay: {days: 1, id: 'a.b'}"), "w.yaml:3:26", "cannot be the name"},
		{step("delay: {days: 1, id: action_output_1}"), "w.yaml:3:26", "cannot be the name"},
		{step("delay: {days: 1, id: a}\n  - delay: {days: 1, id: a}"), "w.yaml:4:26", "used twice; the first stands at line 3"},
		{step("delay: {days: 1, id: '4'}\n  - delay: {days: 1, id: 4}"), "w.yaml:4:26", "action id \"4\" is used twice"},
		{step("ask_openai_assistant: {assistant: a}"), "w.yaml:3:27", `needs "prompt"`},
		{step("ask_openai_assistant: {assistant: a, prompt: p, temperature: hot}"), "w.yaml:3:66", "must be a number"},
		{step("ask_openai_assistant: {assistant: a, prompt: p, temprature: 1}"), "w.yaml:3:53", `did you mean "temperature"?`},
		{step(`ask_openai_assistant: {id: qualify, assistant: a, prompt: "{{ action_outputs.quallify.x }}"}`), "w.yaml:3:63", `did you mean "qualify"?`},
		{step("set_property: {property: p}"), "w.yaml:3:19", "needs \"value\""},
		{step("set_property: {property: p, value: {output: a.b}}"), "w.yaml:3:49", `no step "a"`},
		{step("set_property: {property: p, value: {output: a}}"), "w.yaml:3:49", "a step and a key"},
		{step("set_property: {property: p, value: {now: true, clear: true}}"), "w.yaml:3:40", "cannot both be the value"},
		{step("set_property: {property: p, value: {otput: x}}"), "w.yaml:3:41", `did you mean "output"?`},
		{step("set_property: {property: p, value: {increment: lots}}"), "w.yaml:3:52", "must be a number"},
		{step("set_property: {property: p, value: {in: soon}}"), "w.yaml:3:45", "no span of time"},
		{step("set_property: {property: p, value: x, value_object: {}}"), "w.yaml:3:57", "cannot both be set"},
		{step("set_property: {property: p, value: x, association: invoice}"), "w.yaml:3:56", "no default association"},
		{step("create_task: {subject: s, type: FAX}"), "w.yaml:3:37", "use TODO, CALL, EMAIL"},
		{step("create_task: {subject: s, due: {at: '09:00'}}"), "w.yaml:3:36", `needs "in"`},
		{step("create_task: {subject: s, due: {in: 1d, at: '25:00'}}"), "w.yaml:3:49", "no time of day"},
		{step("notify: {subject: s}"), "w.yaml:3:13", "nobody to tell"},
		{step("notify: {users: [[1]], subject: s}"), "w.yaml:3:22", "text only"},
		{step("delay_until: {date: tomorrow}"), "w.yaml:3:25", "no date"},
		{step("delay_until: {}"), "w.yaml:3:18", "either"},
		{step("create_record: {properties: {}}"), "w.yaml:3:20", `needs "object"`},
		{step("branch: {if: {a: known}}"), "w.yaml:3:13", "list of arms"},
		{step("branch: [{then: []}]"), "w.yaml:3:14", `needs "if"`},
		{step("branch: [{else: []}, {else: []}]"), "w.yaml:3:26", "one else"},
		{step("branch: [{if: {a: known}, thn: []}]"), "w.yaml:3:31", `did you mean "then"?`},
		{step("branch_on: {property: a}"), "w.yaml:3:5", `needs "cases"`},
		{step("branch_on: {property: a}\n    cases: [{then: []}]"), "w.yaml:4:13", `needs "is"`},
		{step("random_split: {percent: [50, 50], paths: [[]]}"), "w.yaml:3:29", "1 paths, but 2 numbers"},
		{step("random_split: {percent: [50, 60], paths: [[], []]}"), "w.yaml:3:29", "add up to 110"},
		{step("random_split: {}"), "w.yaml:3:19", "list of lists"},
		{step("action: 5"), "w.yaml:3:13", "v4 action object"},
		{step("action: {type: LIST_BRANCH, listBranches: []}\n    next: x"), "w.yaml:4:11", "has no effect"},
		{goal("[]"), "w.yaml:2:7", "no condition"},
		{goal("{}"), "w.yaml:2:7", "empty condition"},
		{goal("known"), "w.yaml:2:7", "must hold conditions"},
		{goal("{a: knowm}"), "w.yaml:2:11", `did you mean "known"?`},
		{goal("{a: {iz: b}}"), "w.yaml:2:12", `did you mean "is"?`},
		{goal("{a: {or_unknown: true}}"), "w.yaml:2:11", "no operator"},
		{goal("{a: {is: []}}"), "w.yaml:2:16", "needs a value"},
		{goal("{a: {gt: big}}"), "w.yaml:2:16", "is no number"},
		{goal("{a: {between: [1]}}"), "w.yaml:2:21", "two values"},
		{goal("{a: {before: soon}}"), "w.yaml:2:20", "is no date"},
		{goal("{a: {in_list: 4}}"), "w.yaml:2:12", "about the record"},
		{goal("{in_list: [4, 5]}"), "w.yaml:2:17", "the id of one list"},
		{goal("{filter: {x: 1}}"), "w.yaml:2:16", "v4 filter object"},
		{goal("{filter_branch: {}, a: known}"), "w.yaml:2:7", "nothing beside it"},
	} {
		t.Run(c.yaml, func(t *testing.T) {
			t.Parallel()
			f, problems := flow.Parse("w.yaml", []byte(c.yaml), flow.DefaultOpenAIAction())
			if f != nil || !problems.HasErrors() {
				t.Fatal("no error was reported")
			}
			for _, p := range problems {
				if p.Where() == c.where && strings.Contains(p.Error(), c.want) {
					return
				}
			}
			t.Errorf("want %s: %s\n%v", c.where, c.want, problems)
		})
	}
}

func TestMistakesByPropertyType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ condition, want string }{
		{"number: {any_of: [1, 2]}", "one entry for each value"},
		{"number: {is: many}", "is no number"},
		{"flag: {is: perhaps}", "neither true nor false"},
		{"date: {is: [2026-01-01, 2026-01-02]}", "takes one date"},
		{"date: {gt: 5}", "is no date"},
		{"date: {between: [1, 2]}", "neither a number nor a date that fits"},
	} {
		_, problems := flow.Parse("w.yaml", []byte("object: contact\ngoal: {"+c.condition+"}\nsteps: []\n"), flow.DefaultOpenAIAction(), flow.WithProperties(lookup))
		if !strings.Contains(problems.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", c.condition, c.want, problems)
		}
	}
}

// The positions of the YAML file reach what is read from the v4 object.
func TestPositions(t *testing.T) {
	t.Parallel()
	f, problems := flow.Parse("w.yaml", []byte("object: contact\nsteps:\n  - delay: 1d\n  - action:\n      type: SINGLE_CONNECTION\n      actionTypeId: 0-33\n      surprise: 1\n"), flow.DefaultOpenAIAction())
	if f == nil {
		t.Fatal(problems)
	}
	if got := f.Action("2").Pos; got.Line != 5 || got.Col != 7 {
		t.Error(got)
	}
	if len(problems) != 1 || problems[0].Where() != "w.yaml:7:7" {
		t.Error(problems)
	}
}

func TestToYAMLWithoutAFlow(t *testing.T) {
	t.Parallel()
	if _, err := flow.ToYAML(nil, flow.DefaultOpenAIAction()); err == nil {
		t.Error("no error")
	}
}

// The short form complains in its own words, not in those of the v4 object.
func TestOperatorsThatDoNotCompareTheType(t *testing.T) {
	t.Parallel()
	for condition, want := range map[string]string{
		"text: {gt: 3}":                         "gt does not compare text, which is what the property holds (use one of: known, unknown, is, is_not, any_of, none_of, contains, not_contains, starts_with, ends_with)",
		"text: {gt: 2026-01-01}":                "gt does not compare text",
		"text: {before: 2026-01-01}":            "before does not compare text",
		"text: {between: [1, 2]}":               "between does not compare text",
		"text: {is: \"\"}":                      "is compares with an empty text (write text: known, or text: unknown)",
		"number: {contains: 3}":                 "contains does not compare numbers",
		"number: {after: 2026-01-01}":           "after does not compare numbers, which is what the property holds (use one of: known, unknown, is, is_not, any_of, none_of, gt, gte, lt, lte, between)",
		"number: {between: [2026-01-01, 2026]}": "are not both numbers",
		"flag: {starts_with: t}":                "starts_with does not compare true or false",
		"date: {ends_with: 1}":                  "ends_with does not compare dates",
		"date: {contains: 1}":                   "contains does not compare dates",
		"choice: {gte: 1}":                      "gte does not compare options",
	} {
		_, problems := flow.Parse("w.yaml", []byte("object: contact\ngoal: {"+condition+"}\nsteps: []\n"), flow.DefaultOpenAIAction(), flow.WithProperties(lookup))
		if len(problems) != 1 || !strings.Contains(problems.Error(), want) || strings.Contains(problems.Error(), "IS_") {
			t.Errorf("%s: want %q, got %v", condition, want, problems)
		}
	}
	if _, problems := flow.Parse("w.yaml", []byte("object: contact\ngoal: {anything: {gt: 3}}\nsteps: []\n"), flow.DefaultOpenAIAction(), flow.WithProperties(lookup)); problems.HasErrors() {
		t.Errorf("of a property whose type is not known, anything may be: %v", problems)
	}
}

func TestHintsNameWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"w.yaml", "object: contact\nsteps:\n  - ask_openai_assistant: {prompt: x}\n", "the assistants are grader, writer"},
		{"w.yaml", "object: contact\nsteps:\n  - ask_openai_assistant: {assistant: \"\", prompt: x}\n", "the assistants are grader, writer"},
		{"w.yaml", "object: contact\nsteps:\n  - create_task: {subject: x, prio: HIGH}\n", `did you mean "priority"?`},
		{"w.yaml", "object: contact\nsteps:\n  - create_task: {subject: x, colour: red}\n", "its keys are id, "},
		{"w.json", `{"objectTypeId":"0-1","actions":[]}`, "write CONTACT_FLOW where contacts enroll"},
	} {
		_, problems := flow.Parse(c.file, []byte(c.text), flow.DefaultOpenAIAction(), flow.WithAssistants([]string{"grader", "writer"}))
		if !problems.HasErrors() || !strings.Contains(problems.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", c.text, c.want, problems)
		}
	}
}

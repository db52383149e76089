package flow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// compact is a node as one line of JSON, in canonical order for whole flows.
func compact(n *source.Node) string { return string(source.AppendJSON(nil, n)) }

const enrolledTask = `"associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":204},"value":{"type":"ENROLLED_OBJECT"}}],"use_explicit_associations":"true"`

func single(typeID, fields string) string {
	version := "0"
	if typeID == "1-900001" {
		version = "1"
	}
	return `{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"` + typeID + `","actionTypeVersion":` + version + `,"fields":` + fields + `}`
}

func setTo(value string) string {
	return single("0-5", `{"property_name":"p","value":`+value+`}`)
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, step, want string }{
		{"ask", "ask_openai_assistant: {assistant: a, prompt: 'Hi {{ enrolled_object.x }}', model: '', temperature: 0.2, reasoning_effort: none}",
			single("1-900001", `{"assistant":"a","prompt":"Hi {{ enrolled_object.x }}","model":"","temperature":"0.2","reasoning_effort":"none"}`)},
		{"ask without settings", "ask_openai_assistant: {assistant: a, prompt: p, version: 7}",
			strings.Replace(single("1-900001", `{"assistant":"a","prompt":"p"}`), `Version":1`, `Version":7`, 1)},
		{"text", "set_property: {property: p, value: CA}", setTo(`{"type":"STATIC_VALUE","staticValue":"CA"}`)},
		{"text as written", "set_property: {property: p, value: 0012}", setTo(`{"type":"STATIC_VALUE","staticValue":"0012"}`)},
		{"truth value", "set_property: {property: p, value: true}", setTo(`{"type":"STATIC_VALUE","staticValue":"true"}`)},
		{"output", "set_property: {property: p, value: {output: 1.response}}", setTo(`{"type":"FIELD_DATA","actionId":"1","dataKey":"response"}`)},
		{"property", "set_property: {property: p, value: {property: city}}", setTo(`{"type":"OBJECT_PROPERTY","propertyName":"city"}`)},
		{"fetched", "set_property: {property: p, value: {fetched: company.name}}", setTo(`{"type":"FETCHED_OBJECT_PROPERTY","propertyToken":"{{ fetched_objects.company.name }}"}`)},
		{"append", "set_property: {property: p, value: {append: VIP}}", setTo(`{"type":"STATIC_APPEND_VALUE","staticAppendValue":"VIP"}`)},
		{"append a property", "set_property: {property: p, value: {append_property: tags}}", setTo(`{"type":"APPEND_OBJECT_PROPERTY","appendPropertyName":"tags"}`)},
		{"increment", "set_property: {property: p, value: {increment: 5}}", setTo(`{"type":"INCREMENT","incrementAmount":5}`)},
		{"now", "set_property: {property: p, value: {now: true}}", setTo(`{"type":"TIMESTAMP","timestampType":"EXECUTION_TIME"}`)},
		{"in", "set_property: {property: p, value: {in: 3d}}", setTo(`{"type":"RELATIVE_DATETIME","timeDelay":{"delta":3,"timeUnit":"DAYS","daysOfWeek":[]}}`)},
		{"in, at", "set_property: {property: p, value: {in: 2mo, at: '09:05'}}", setTo(`{"type":"RELATIVE_DATETIME","timeDelay":{"delta":2,"timeUnit":"MONTHS","daysOfWeek":[],"timeOfDay":{"hour":9,"minute":5}}}`)},
		{"clear", "set_property: {property: p, value: {clear: true}}", setTo(`{"type":"STATIC_VALUE","staticValue":""}`)},
		{"event", "set_property: {property: p, value: {event: '{{ e.x }}'}}", setTo(`{"type":"ENROLLMENT_EVENT_PROPERTY","enrollmentEventPropertyToken":"{{ e.x }}"}`)},
		{"value_object", "set_property: {property: p, value_object: {type: LIST, values: []}}", setTo(`{"type":"LIST","values":[]}`)},
		{"association by name", "set_property: {property: p, value: x, association: company}",
			single("0-5", `{"property_name":"p","value":{"type":"STATIC_VALUE","staticValue":"x"},"association":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}}`)},
		{"association by id", "set_property: {property: p, value: x, association: 1}",
			single("0-5", `{"property_name":"p","value":{"type":"STATIC_VALUE","staticValue":"x"},"association":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}}`)},
		{"task", "create_task: {subject: s}", single("0-3", `{"task_type":"TODO","subject":"s","priority":"NONE",`+enrolledTask+`}`)},
		{"whole task", "create_task: {subject: s, body: b, type: CALL, priority: HIGH, owner: 9011, due: 4h}",
			single("0-3", `{"task_type":"CALL","subject":"s","body":"b","priority":"HIGH",`+enrolledTask+
				`,"owner_assignment":{"type":"CUSTOM","value":{"type":"STATIC_VALUE","staticValue":"9011"}},"due_time":{"delta":4,"timeUnit":"HOURS","daysOfWeek":[]}}`)},
		{"task of a property's owner", "create_task: {subject: s, owner: {property: hubspot_owner_id}, due: {in: 2w, at: '08:00'}, associations: []}",
			single("0-3", `{"task_type":"TODO","subject":"s","priority":"NONE","associations":[],"use_explicit_associations":"true",`+
				`"owner_assignment":{"type":"CUSTOM","value":{"type":"OBJECT_PROPERTY","propertyName":"hubspot_owner_id"}},`+
				`"due_time":{"delta":2,"timeUnit":"WEEKS","daysOfWeek":[],"timeOfDay":{"hour":8,"minute":0}}}`)},
		{"task of a company", "create_task: {subject: s, associations: [company]}",
			single("0-3", `{"task_type":"TODO","subject":"s","priority":"NONE","associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":192},`+
				`"value":{"type":"COPY_ASSOCIATION","sourceSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}}}],"use_explicit_associations":"true"}`)},
		{"notify", `notify: {users: ["11"], subject: s, body: b}`, single("0-9", `{"user_ids":["11"],"delivery_method":"APP","subject":"s","body":"b"}`)},
		{"notify the owner", `notify: {owner: true, subject: s}`, single("0-9", `{"owner_properties":["hubspot_owner_id"],"delivery_method":"APP","subject":"s"}`)},
		{"notify teams", `notify: {teams: EMEA, owner_properties: [x], subject: s}`, single("0-9", `{"team_ids":["EMEA"],"owner_properties":["x"],"delivery_method":"APP","subject":"s"}`)},
		{"email", `send_internal_email: {users: [11], subject: s, body: b}`, single("0-8", `{"subject":"s","body":"b","user_ids":["11"]}`)},
		{"delay", "delay: 2d", single("0-1", `{"delta":"2880","time_unit":"MINUTES"}`)},
		{"delay of two units", "delay: 1d12h", single("0-1", `{"delta":"2160","time_unit":"MINUTES"}`)},
		{"delay in seconds", "delay: 45s", single("0-1", `{"delta":"45","time_unit":"SECONDS"}`)},
		{"delay in months", "delay: 1mo", single("0-1", `{"delta":"1","time_unit":"MONTHS"}`)},
		{"delay in days", "delay: {days: 2}", single("0-1", `{"delta":"2","time_unit":"DAYS"}`)},
		{"delay until a property's date", "delay_until: {property: x, plus: 1d, at: '09:00'}",
			single("0-35", `{"date":{"type":"OBJECT_PROPERTY","propertyName":"x"},"delta":"1","time_unit":"DAYS","time_of_day":{"hour":9,"minute":0}}`)},
		{"delay until a date", "delay_until: {date: 2026-02-01T09:00}", single("0-35", `{"date":{"type":"STATIC_VALUE","staticValue":"2026-02-01T09:00"},"delta":"0","time_unit":"DAYS"}`)},
		{"delay until a moment", "delay_until: {date: 2026-02-01T09:00:00+01:00, plus: -4h}", single("0-35", `{"date":{"type":"STATIC_VALUE","staticValue":"1769932800000"},"delta":"-240","time_unit":"MINUTES"}`)},
		{"create record", "create_record: {object: deal, properties: {dealname: D, amount: {property: budget}}}",
			single("0-14", `{"object_type_id":"0-3","properties":[{"targetProperty":"dealname","value":{"type":"STATIC_VALUE","staticValue":"D"}},{"targetProperty":"amount","value":{"type":"OBJECT_PROPERTY","propertyName":"budget"}}],`+
				`"associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":3},"value":{"type":"ENROLLED_OBJECT"}}],"use_explicit_associations":"true"}`)},
		{"create a record that no default association leads from", "create_record: {object: product, properties: {}}",
			single("0-14", `{"object_type_id":"0-7","properties":[],"associations":[],"use_explicit_associations":"false"}`)},
		{"raw action", "action: {type: SINGLE_CONNECTION, actionTypeId: 0-33, actionTypeVersion: 0, fields: {template: x, extra: [1]}}", single("0-33", `{"template":"x","extra":[1]}`)},
		{"custom code", "action: {type: CUSTOM_CODE, runtime: NODE20X, sourceCode: x, secretNames: [], inputFields: [], outputFields: []}",
			`{"type":"CUSTOM_CODE","actionId":"1","runtime":"NODE20X","sourceCode":"x","secretNames":[],"inputFields":[],"outputFields":[]}`},
		{"webhook", "action: {type: WEBHOOK, method: POST, webhookUrl: 'https://x.example', queryParams: []}",
			`{"type":"WEBHOOK","actionId":"1","method":"POST","webhookUrl":"https://x.example","queryParams":[]}`},
		{"random split", "random_split: {percent: [30, 70], paths: [[], []]}", `{"type":"AB_TEST_BRANCH","actionId":"1","testBranches":[{"percentage":30},{"percentage":70}]}`},
		{"random split, older form", "random_split: {paths: [[], []]}", `{"type":"AB_TEST_BRANCH","actionId":"1","testBranches":[{},{}]}`},
		{"random split, equal", "random_split: {percent: equal, paths: [[{go_to: 1}], []]}",
			`{"type":"AB_TEST_BRANCH","actionId":"1","testBranches":[{"connection":{"edgeType":"GOTO","nextActionId":"1"}},{}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v4 := fromYAML(t, "object: contact\nsteps:\n  - "+c.step+"\n")
			if diff := cmp.Diff(c.want, compact(v4.Get("actions").Items[0])); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, problems := flow.Decode("f", v4); len(problems) > 0 && c.name != "raw action" {
				t.Error(problems)
			}
			toYAML(t, v4)
		})
	}
}

// edges writes a flow's connections as "1>2 2(A)>3".
func edges(t *testing.T, v4 *source.Node) string {
	t.Helper()
	f, problems := flow.Decode("f", v4)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	out := []string{"start>" + f.StartActionID}
	for _, a := range f.Actions {
		for _, e := range a.Edges() {
			s := a.ID
			switch {
			case e.Default:
				s += "(else)"
			case e.Arm != "":
				s += "(" + e.Arm + ")"
			}
			if e.Connection.EdgeType == flow.EdgeGoto {
				s += ">"
			}
			out = append(out, s+">"+e.Connection.NextID)
		}
	}
	return strings.Join(out, " ")
}

func TestConnections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, steps, want string }{
		{"a list", "[{delay: 1d}, {delay: 2d}, {delay: 3d}]", "start>1 1>2 2>3"},
		{"nothing", "[]", "start>"},
		{"go_to and next", "[{delay: {days: 1, id: a}}, {delay: 2d, next: c}, {delay: 3d}, {delay: {days: 4, id: c}}, {go_to: a}]", "start>1 1>2 2>4 3>4 4>>1"},
		{"stop", "[{delay: 1d}, {stop: true}, {delay: 2d, stop: true}, {delay: 3d}]", "start>1"},
		{"start elsewhere", "[{next: b}, {delay: 1d}, {delay: {days: 2, id: b}}]", "start>2 1>2"},
		{"arms go on", "[{branch: [{if: {a: known}, name: A, then: [{delay: 1d}]}, {if: {b: known}, name: B, then: []}]}, {delay: 2d}]", "start>1 1(A)>2 1(B)>3 1(else)>3 2>3"},
		{"nothing follows", "[{branch: [{if: {a: known}, name: A, then: [{delay: 1d}]}, {if: {b: known}, name: B, then: []}]}]", "start>1 1(A)>2"},
		{"else and stop", "[{branch: [{if: {a: known}, name: A, then: [{stop: true}]}, {else: [{delay: 1d}]}]}, {delay: 2d}]", "start>1 1(else)>2 2>3"},
		{"an arm that jumps", "[{delay: {days: 1, id: x}}, {branch: [{if: {a: known}, name: A, then: [{go_to: x}]}]}, {delay: 2d}]", "start>1 1>2 2(A)>>1 2(else)>3"},
		{"cases", "[{branch_on: {property: a}, cases: {'A, B': [{delay: 1d}], C: []}, default: [{stop: true}]}, {delay: 2d}]", "start>1 1(A)>2 1(B)>2 1(C)>3 2>3"},
		{"cases as a list", "[{branch_on: {property: a}, cases: [{is: [A, 'x, y'], then: [{delay: 1d}]}, {is: C, then: []}]}, {delay: 2d}]", "start>1 1(A)>2 1(x, y)>2 1(C)>3 1(else)>3 2>3"},
		{"split", "[{random_split: {percent: [50, 50], paths: [[{delay: 1d}], []]}}, {delay: 2d}]", "start>1 1(A)>2 1(B)>3 2>3"},
		{"nested arms", "[{branch: [{if: {a: known}, name: A, then: [{branch: [{if: {b: known}, name: B, then: [{delay: 1d}]}]}]}]}, {delay: 2d}]", "start>1 1(A)>2 1(else)>4 2(B)>3 2(else)>4 3>4"},
		{"branch with next", "[{branch: [{if: {a: known}, name: A, then: []}], next: z}, {delay: 1d}, {delay: 2d, id: z}]", "start>1 1(A)>3 1(else)>3 2>3"},
		{"ids", "[{delay: {days: 1, id: '9'}}, {delay: 2d}, {delay: 3d, action_id: x}, {delay: 4d, id: name, action_id: '4'}, {delay: 5d}]", "start>9 4>5 9>10 10>x x>4"},
		{"a raw action", "[{action: {type: WEBHOOK, method: GET, webhookUrl: x}, id: w}, {delay: 1d}, {go_to: w}]", "start>1 1>2 2>>1"},
		{"a raw action with its own connection", "[{action: {type: WEBHOOK, method: GET, webhookUrl: x, connection: {edgeType: GOTO, nextActionId: later}}}, {delay: 1d}, {delay: 2d, id: later}]", "start>1 1>>3 2>3"},
		{"a raw branch", "[{action: {type: AB_TEST_BRANCH, testBranches: [{edgeType: STANDARD, nextActionId: '2'}]}}, {delay: 1d}]", "start>1 1(A)>2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v4 := fromYAML(t, "object: contact\nsteps: "+c.steps+"\n")
			if diff := cmp.Diff(c.want, edges(t, v4)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			toYAML(t, v4)
		})
	}
}

func TestNamesInTokensAndOutputs(t *testing.T) {
	t.Parallel()
	v4 := fromYAML(t, `
object: contact
steps:
  - delay: 1d
  - ask_openai_assistant: {id: qualify, assistant: a, prompt: "{{ action_outputs.qualify.response }} {{action_outputs.action_output_7.x}}"}
  - set_property: {property: p, value: {output: qualify.response}}
  - action: {type: SINGLE_CONNECTION, actionTypeId: 0-33, fields: {template: "{{ action_outputs.qualify.response }} {{ action_outputs.nobody.x }}", v: {type: FIELD_DATA, actionId: qualify, dataKey: response}}}
`)
	text := compact(v4)
	for _, want := range []string{
		`"prompt":"{{ action_outputs.action_output_2.response }} {{action_outputs.action_output_7.x}}"`,
		`"value":{"type":"FIELD_DATA","actionId":"2","dataKey":"response"}`,
		`"template":"{{ action_outputs.action_output_2.response }} {{ action_outputs.nobody.x }}"`,
		`"v":{"type":"FIELD_DATA","actionId":"2","dataKey":"response"}`,
		`"customProperties":{"askflow_step_2":"qualify"}`,
		`"nextAvailableActionId":"5"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %s in\n%s", want, text)
		}
	}
	f, _ := flow.Decode("f", v4)
	if a := f.ActionByName("qualify"); a == nil || a.ID != "2" {
		t.Error(a)
	}
}

// lookup knows one property of each type.
func lookup(objectType, property string) (hubspot.Property, bool) {
	types := map[string]hubspot.Property{
		"text": {Type: hubspot.TypeString}, "phone": {Type: hubspot.TypePhone}, "number": {Type: hubspot.TypeNumber}, "flag": {Type: hubspot.TypeBool},
		"choice": {Type: hubspot.TypeEnumeration}, "choices": {Type: hubspot.TypeEnumeration, Multiple: true},
		"date": {Type: hubspot.TypeDate}, "time": {Type: hubspot.TypeDatetime}, "guess": {Type: hubspot.TypeString, Inferred: true},
	}
	p, ok := types[property]
	return p, ok && objectType == "contact"
}

func point(text string) string {
	return `{"timeType":"DATE","timezoneSource":"CUSTOM","zoneId":"Europe/Berlin",` + text + `}`
}

const (
	midnight = `"hour":0,"minute":0,"second":0,"millisecond":0`
	dayEnd   = `"hour":23,"minute":59,"second":59,"millisecond":999`
	feb1     = `"year":2026,"month":2,"day":1,`
)

func TestFilters(t *testing.T) {
	t.Parallel()
	operation := func(kind, operator, rest string) string {
		return `{"operationType":"` + kind + `","operator":"` + operator + `","includeObjectsWithNoValueSet":false` + rest + `}`
	}
	values := func(v string) string { return `,"values":[` + v + `]` }
	timePoint := func(operator, endpoint, p string) string {
		return operation("TIME_POINT", operator, `,"timePoint":`+p+`,"endpointBehavior":"`+endpoint+`","propertyParser":"VALUE","type":"TIME_POINT"`)
	}
	ranged := func(operator, from, to string) string {
		return operation("TIME_RANGED", operator, `,"lowerBoundTimePoint":`+from+`,"upperBoundTimePoint":`+to+
			`,"lowerBoundEndpointBehavior":"INCLUSIVE","upperBoundEndpointBehavior":"INCLUSIVE","propertyParser":"VALUE","type":"TIME_RANGED"`)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ condition, want string }{
		{"x: known", operation("ALL_PROPERTY", "IS_KNOWN", "")},
		{"x: {known: true}", operation("ALL_PROPERTY", "IS_KNOWN", "")},
		{"x: unknown", strings.Replace(operation("ALL_PROPERTY", "IS_UNKNOWN", ""), "false", "true", 1)},
		{"x: {is: a}", operation("MULTISTRING", "IS_EQUAL_TO", values(`"a"`))},
		{"x: {is: 012}", operation("MULTISTRING", "IS_EQUAL_TO", values(`"012"`))},
		{"x: {is: true}", operation("BOOL", "IS_EQUAL_TO", `,"value":true`)},
		{"x: {is_not: [a, b], or_unknown: true}", strings.Replace(operation("MULTISTRING", "IS_NOT_EQUAL_TO", values(`"a","b"`)), "false", "true", 1)},
		{"x: {any_of: [a, b]}", operation("ENUMERATION", "IS_ANY_OF", values(`"a","b"`))},
		{"x: {none_of: a}", operation("ENUMERATION", "IS_NONE_OF", values(`"a"`))},
		{"x: {contains: a}", operation("MULTISTRING", "CONTAINS", values(`"a"`))},
		{"x: {not_contains: a}", operation("MULTISTRING", "DOES_NOT_CONTAIN", values(`"a"`))},
		{"x: {starts_with: [A]}", operation("MULTISTRING", "STARTS_WITH", values(`"A"`))},
		{"x: {ends_with: [A]}", operation("MULTISTRING", "ENDS_WITH", values(`"A"`))},
		{"x: {gt: 5}", operation("NUMBER", "IS_GREATER_THAN", `,"value":5`)},
		{"x: {gte: 5.50}", operation("NUMBER", "IS_GREATER_THAN_OR_EQUAL_TO", `,"value":5.50`)},
		{"x: {lt: '5'}", operation("NUMBER", "IS_LESS_THAN", `,"value":5`)},
		{"x: {lte: -5}", operation("NUMBER", "IS_LESS_THAN_OR_EQUAL_TO", `,"value":-5`)},
		{"x: {between: [1, 2]}", operation("NUMBER_RANGED", "IS_BETWEEN", `,"lowerBound":1,"upperBound":2`)},
		{"x: {before: 2026-02-01}", timePoint("IS_BEFORE", "EXCLUSIVE", point(feb1+midnight))},
		{"x: {after: 2026-02-01}", timePoint("IS_AFTER", "EXCLUSIVE", point(feb1+dayEnd))},
		{"x: {gt: 2026-02-01}", timePoint("IS_AFTER", "EXCLUSIVE", point(feb1+dayEnd))},
		{"x: {gte: 2026-02-01}", timePoint("IS_AFTER", "INCLUSIVE", point(feb1+midnight))},
		{"x: {lte: 2026-02-01}", timePoint("IS_BEFORE", "INCLUSIVE", point(feb1+dayEnd))},
		{"x: {lt: 2026-02-01T09:30}", timePoint("IS_BEFORE", "EXCLUSIVE", point(feb1+`"hour":9,"minute":30,"second":0,"millisecond":0`))},
		{"x: {after: '2026-02-01T09:30:00+01:00'}", timePoint("IS_AFTER", "EXCLUSIVE", `{"timeType":"DATE","timezoneSource":"CUSTOM","zoneId":"UTC",`+feb1+`"hour":8,"minute":30,"second":0,"millisecond":0}`)},
		{"x: {between: [2026-02-01, 2026-02-01]}", ranged("IS_BETWEEN", point(feb1+midnight), point(feb1+dayEnd))},
		{"text: {any_of: [a]}", operation("MULTISTRING", "IS_EQUAL_TO", values(`"a"`))},
		{"phone: {none_of: [a]}", operation("MULTISTRING", "IS_NOT_EQUAL_TO", values(`"a"`))},
		{"text: {is: true}", operation("MULTISTRING", "IS_EQUAL_TO", values(`"true"`))},
		{"guess: {any_of: [a]}", operation("ENUMERATION", "IS_ANY_OF", values(`"a"`))},
		{"number: {is: 5}", operation("NUMBER", "IS_EQUAL_TO", `,"value":5`)},
		{"number: {is_not: '5'}", operation("NUMBER", "IS_NOT_EQUAL_TO", `,"value":5`)},
		{"flag: {is: 'true'}", operation("BOOL", "IS_EQUAL_TO", `,"value":true`)},
		{"flag: {is_not: false}", operation("BOOL", "IS_NOT_EQUAL_TO", `,"value":false`)},
		{"choice: {is: a}", operation("ENUMERATION", "IS_ANY_OF", values(`"a"`))},
		{"choice: {is_not: a}", operation("ENUMERATION", "IS_NONE_OF", values(`"a"`))},
		{"choices: {is: [a, b]}", operation("ENUMERATION", "IS_EXACTLY", values(`"a","b"`))},
		{"choices: {is_not: a}", operation("ENUMERATION", "IS_NOT_EXACTLY", values(`"a"`))},
		{"choices: {any_of: a}", operation("ENUMERATION", "IS_ANY_OF", values(`"a"`))},
		{"choices: {contains: [a, b]}", operation("ENUMERATION", "CONTAINS_ALL", values(`"a","b"`))},
		{"choices: {not_contains: a}", operation("ENUMERATION", "DOES_NOT_CONTAIN_ALL", values(`"a"`))},
		{"date: {is: 2026-02-01}", ranged("IS_BETWEEN", point(feb1+midnight), point(feb1+dayEnd))},
		{"time: {is_not: 2026-02-01}", ranged("IS_NOT_BETWEEN", point(feb1+midnight), point(feb1+dayEnd))},
	} {
		t.Run(c.condition, func(t *testing.T) {
			t.Parallel()
			opts := []flow.Option{flow.WithProperties(lookup), flow.WithTimeZone(berlin)}
			v4 := fromYAML(t, "object: contact\ngoal: {"+c.condition+"}\nsteps: []\n", opts...)
			property, _, _ := strings.Cut(c.condition, ":")
			want := `{"filterBranchType":"OR","filterBranchOperator":"OR","filterBranches":[{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[` +
				`{"filterType":"PROPERTY","property":"` + property + `","operation":` + c.want + `}]}],"filters":[]}`
			if diff := cmp.Diff(want, compact(v4.Get("goalFilterBranch"))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if text := toYAML(t, v4, opts...); strings.Contains(text, "filterType") {
				t.Errorf("no short form was found:\n%s", text)
			}
		})
	}
}

package prompttest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
)

// What the workflow cannot do is an error, what records are not known to hold a warning.
func TestCompileKnowsWhatCanCome(t *testing.T) {
	t.Parallel()
	const again = "name: Again\nobject: contact\nsteps:\n  - create_task: {id: call, subject: Call}\n  - delay: 1d\n  - go_to: call\n"
	const copied = `flow: {"name": "Copied", "objectTypeId": "0-1", "type": "CONTACT_FLOW", "startActionId": "1", "actions": [{"type": "SINGLE_CONNECTION", "actionId": "1", "actionTypeId": "0-3", "actionTypeVersion": 0,
 "fields": {"subject": "Call", "task_type": "LINKED_IN", "associations": [{"target": {"associationTypeId": 192}, "value": {"type": "COPY_ASSOCIATION", "sourceSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}}}]}}]}`
	const due = `a moment is written in UTC: "2026-11-17T08:00:00Z"; for a day, write {starts_with: "2026-11-17"}`
	for _, tt := range []struct{ name, flow, text, want string }{
		{"more tasks than there are", oneAsk, "{task: {count: {max: 2}}}", `t.yaml:2:29 never_fails: task: this check can never fail: more than 2 cannot be made`},
		{"far more tasks", oneAsk, "{task: {count: {max: 100}}}", `t.yaml:2:29 never_fails: task: this check can never fail: more than 2 cannot be made`},
		{"fewer tasks", oneAsk, "{task: {count: {max: 1}}}", ""},
		{"tasks of a loop", again, "{task: {count: {max: 100}}}", ""},
		{"notifications", oneAsk, "{notification: {count: {max: 1}}}", `t.yaml:2:37 never_fails: notification: this check can never fail: more than 1 cannot be made`},
		{"records", oneAsk, "{record: {count: {min: 0, max: 3}}}", `t.yaml:2:39 never_fails: record: this check can never fail: more than 1 cannot be made`},
		{"associations", oneAsk, "{association: {count: {max: 3}}}", `t.yaml:2:36 never_fails: association: this check can never fail: more than 3 cannot be made`},
		{"too many associations", oneAsk, "{association: {count: 4}}", `t.yaml:2:30 never_holds: association: this check can never hold: so many cannot be made`},
		{"associations with whatever there is", copied, "{association: {count: {max: 3}}}", ""},
		{"at most one of what is never made", oneAsk, "{email: {count: {max: 1}}}", `t.yaml:2:9 never_fails: no internal email was sent, whatever happens: the workflow "Lead qualification" has no action for it`},
		{"all attempts", twoAsks, "{attempts: {one_of: [0, 1, 2, 3, 4, 5, 6]}}", `t.yaml:2:28 never_fails: attempts: this check can never fail: these are all that there can be -> leave out those that must not come`},
		{"most attempts", twoAsks, "{attempts: {one_of: [0, 1, 2, 3, 4, 5]}}", ""},
		{"half an attempt", oneAsk, "{attempts: 1.5}", `t.yaml:2:19 never_holds: attempts: this check can never hold: it is a whole number, and 1.5 is none -> to allow several, write {min: …, max: …}`},
		{"half a token", oneAsk, "{usage: {input_tokens: 1.5}}", `t.yaml:2:31 never_holds: usage input_tokens: this check can never hold: it is a whole number, and 1.5 is none -> to allow several, write {min: …, max: …}`},
		{"half a dollar", oneAsk, "{cost: 0.5}", ""},
		{"a type of task", oneAsk, "{task: {type: CALLS}}", `t.yaml:2:22 never_holds: task type: this check can never hold: there is no "CALLS" -> did you mean "CALL"?`},
		{"the type of the only task", again, "{task: {type: TODO}}", ""},
		{"a type that the workflow sets itself", copied, "{task: {type: LINKED_IN}}", ""},
		{"and in another one there is not", oneAsk, "{task: {type: LINKED_IN}}", `t.yaml:2:22 never_holds: task type: this check can never hold: there is no "LINKED_IN" -> there are "TODO", "CALL", "EMAIL"`},
		{"a priority", oneAsk, "{task: {hs_task_priority: URGENT}}", `t.yaml:2:34 never_holds: task hs_task_priority: this check can never hold: there is no "URGENT" -> there are "NONE", "LOW", "MEDIUM", "HIGH"`},
		{"due in words", oneAsk, "{task: {due: yesterday}}", `t.yaml:2:21 never_holds: task due: this check can never hold: no value is like "yesterday" -> ` + due},
		{"due begins in words", oneAsk, "{task: {due: {starts_with: Monday}}}", `t.yaml:2:35 never_holds: task due: this check can never hold: no value is like "Monday" -> ` + due},
		{"due on a day", oneAsk, "{task: {due: 2026-11-17}}", `t.yaml:2:21 never_holds: task due: this check can never hold: no value is like "2026-11-17" -> to expect a day, write {starts_with: "2026-11-17"}`},
		{"due in another zone", oneAsk, "{task: {due: '2026-11-17T09:00:00+01:00'}}", `t.yaml:2:21 never_holds: task due: this check can never hold: no value is like "2026-11-17T09:00:00+01:00" -> in UTC that is 2026-11-17T08:00:00Z`},
		{"due at a moment", oneAsk, "{task: {due: '2026-11-17T08:00:00Z'}}", ""},
		{"due on a day, rightly", oneAsk, "{task: {due: {starts_with: '2026-11-17'}}}", ""},
		{"an owner", oneAsk, "{task: {owner: '9016'}}", ""},
		{"no owner", oneAsk, "{task: {owner: '9061'}}", `warning t.yaml:2:23 unknown_owner: task owner: "9061" is no owner id that is known -> did you mean "9016"?`},
		{"an owner by name", oneAsk, "{task: {owner: Ada Byron}}", `warning t.yaml:2:23 unknown_owner: task owner: "Ada Byron" is no owner id that is known -> did you mean "9016"?`},
		{"a code", oneAsk, "{error: rate_limit_exceeded}", ""},
		{"no code", oneAsk, "{error: rate_limit_exceded}", `warning t.yaml:2:16 unknown_code: error: "rate_limit_exceded" is no error code that is known -> did you mean "rate_limit_exceeded"?`},
		{"a code of another server", oneAsk, "{error@qualify: {one_of: [refusal, teapot]}}", `warning t.yaml:2:43 unknown_code: error@qualify: "teapot" is no error code that is known`},
		{"an option", oneAsk, "{property: {lifecyclestage: customer, hs_lead_status: NEW}}", ""},
		{"no option", oneAsk, "{property: {lifecyclestage: custmer}}", `warning t.yaml:2:36 unknown_option: property lifecyclestage: "custmer" is no option that is known -> did you mean "customer"?`},
		{"the label of an option", oneAsk, "{property: {hs_lead_status: In Progress}}", `warning t.yaml:2:36 unknown_option: property hs_lead_status: "In Progress" is no option that is known -> did you mean "IN_PROGRESS"?`},
		{"an option of a new record", oneAsk, "{record: {dealtype: newbusines}}", `warning t.yaml:2:28 unknown_option: record dealtype: "newbusines" is no option that is known -> did you mean "newbusiness"?`},
		{"no option is needed", oneAsk, "{property: {hs_lead_status: ''}}", ""},
		{"a type that new records have not", oneAsk, "{record: {object_type: dael}}", `t.yaml:2:31 never_holds: record object_type: this check can never hold: there is no "dael" -> did you mean "deal"?`},
		{"a type that new records have", oneAsk, "{record: {object_type: deal}}", ""},
		{"a type of associations", oneAsk, "{association: {object_type: nope}}", `t.yaml:2:36 never_holds: association object_type: this check can never hold: there is no "nope" -> there are "contact"`},
		{"the type of associations", oneAsk, "{association: {object_type: contact}}", ""},
		{"the type of what was copied", copied, "{association: {object_type: company}}", ""},
		{"the same user twice", oneAsk, "{notification: {users: ['16', Ada Byron]}}", `t.yaml:2:38 never_holds: notification users: this check can never hold: "16" and "Ada Byron" are the same, and nothing comes twice`},
		{"users by name in hints", oneAsk, "{notification: {users: [Zacharias]}}", `t.yaml:2:32 never_holds: notification users: this check can never hold: there is no "Zacharias" -> there are "Ada Byron", "Bo Li"`},
		{"a user's name misspelt", oneAsk, "{notification: {users: [Ada Biron]}}", `t.yaml:2:32 never_holds: notification users: this check can never hold: there is no "Ada Biron" -> did you mean "Ada Byron"?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			test := read(t, "workflow: w\neach: ["+tt.text+"]\n")
			e := env(t, tt.flow)
			e.Users[0].OwnerID = "9016"
			s, problems := prompttest.Compile(test, e)
			if diff := cmp.Diff(tt.want, told(problems)); diff != "" || (s == nil) != problems.HasErrors() {
				t.Error(diff)
			}
		})
	}
}

// Ids that are one slip away are named where they are few.
func TestRecordsThatWereMeant(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		id   string
		have []string
		want string
	}{
		{"1001", []string{"2001", "77"}, `did you mean "2001"?`},
		{"2001", []string{"2010"}, `did you mean "2010"?`},
		{"201", []string{"2001"}, `did you mean "2001"?`},
		{"20011", []string{"2001"}, `did you mean "2001"?`},
		{"2001", []string{"2002", "2003"}, "ids like it are 2002, 2003"},
		{"2001", []string{"2002", "2003", "2004", "2005", "2006"}, "emulator records list shows those there are"},
		{"2001", []string{"3002"}, "emulator records list shows those there are"},
		{"\u00e9\u00e91", []string{"\u00e9\u00e92"}, "did you mean \"\u00e9\u00e92\"?"},
		{"x", []string{"1"}, "emulator records list shows those there are"},
	} {
		e := env(t, oneAsk)
		have := map[string]bool{}
		for _, id := range tt.have {
			have[id] = true
		}
		e.Record = func(id string) bool { return have[id] }
		test := read(t, "workflow: w\ncases: [{record: '"+tt.id+"', expect: [{response: A}]}]\n")
		if _, problems := prompttest.Compile(test, e); len(problems) != 1 || problems[0].Hint != tt.want {
			t.Errorf("%s among %v: %v", tt.id, tt.have, problems)
		}
	}
}

// Without definitions nothing is known of values.
func TestCompileWithoutASchema(t *testing.T) {
	t.Parallel()
	e := env(t, oneAsk)
	e.Schema, e.Users = hubspot.Schema{}, nil
	test := read(t, "workflow: w\neach: [{property: {lifecyclestage: anything}}, {task: {type: CALLS, owner: x}}, {notification: {users: ['99']}}]\n")
	if s, problems := prompttest.Compile(test, e); s == nil || len(problems) > 0 {
		t.Error(problems)
	}
}

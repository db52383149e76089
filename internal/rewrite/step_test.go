package rewrite_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/rewrite"
)

const nested = `# A workflow with everything
name: Nested
object: contact
steps:
- delay: 1d # first
# about the branch
- branch:
  - if: {state: known}
    name: Known
    then: [{delay: 2d}, {stop: true}]
  - if: {city: known}
    then:
    - branch_on: {property: city}
      id: where
      cases:
        Berlin, Bonn:
        - delay: 3h
        Köln:
      default_name: Elsewhere
    - go_to: end
- random_split:
    percent: [50, 50]
    paths:
    - []
    - - delay: 4h

- create_task:
    id: end
    subject: 'It''s: "{{ enrolled_object.email }}"'   # quoted
    stop: true
- delay: 5d # reached by nobody
`

func TestInsertStepPlaces(t *testing.T) {
	t.Parallel()
	wait := []rewrite.Field{rewrite.TextField("delay", "9m")}
	for _, tt := range []struct {
		name  string
		where rewrite.Place
		old   string
		new   string
	}{
		{"first", rewrite.Place{First: true}, "steps:\n", "steps:\n- delay: 9m\n  id: wait\n"},
		{"an arm in brackets", rewrite.Place{Branch: "2", Arm: "Known", Last: true}, "{delay: 2d}, {stop", "{delay: 2d}, {delay: 9m, id: wait}, {stop"},
		{"an arm without a name", rewrite.Place{Branch: "2", Arm: "2", First: true}, "    then:\n    - branch_on", "    then:\n    - delay: 9m\n      id: wait\n    - branch_on"},
		{"before go_to", rewrite.Place{Branch: "2", Arm: "2", Last: true}, "    - go_to", "    - delay: 9m\n      id: wait\n    - go_to"},
		{"a missing else", rewrite.Place{Branch: "2", Arm: "else", Last: true}, "    - go_to: end\n", "    - go_to: end\n  - else:\n      - delay: 9m\n        id: wait\n"},
		{"an empty case", rewrite.Place{Branch: "where", Arm: "Köln", Last: true}, "        Köln:\n", "        Köln:\n          - delay: 9m\n            id: wait\n"},
		{"values together", rewrite.Place{Branch: "where", Arm: "Berlin, Bonn", Last: true}, "        - delay: 3h\n", "        - delay: 3h\n        - delay: 9m\n          id: wait\n"},
		{"a default with a name", rewrite.Place{Branch: "where", Arm: "Elsewhere", First: true}, "      default_name: Elsewhere\n", "      default_name: Elsewhere\n      default:\n        - delay: 9m\n          id: wait\n"},
		{"an empty path", rewrite.Place{Branch: "6", Arm: "A", First: true}, "    - []\n", "    - - delay: 9m\n        id: wait\n"},
		{"a path", rewrite.Place{Branch: "6", Arm: "B", First: true}, "    - - delay: 4h\n", "    - - delay: 9m\n        id: wait\n      - delay: 4h\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, eol := range []string{"\n", "\r\n"} {
				crlf := func(s string) string { return strings.ReplaceAll(s, "\n", eol) }
				f := file("n.yaml", crlf(nested))
				text, step, err := f.InsertStep(tt.where, "delay", wait)
				if err != nil {
					t.Fatal(err)
				}
				want := strings.Replace(crlf(nested), crlf(tt.old), crlf(tt.new), 1)
				if diff := cmp.Diff(want, string(text)); diff != "" || step != "wait" {
					t.Errorf("%q (-want +got)\n%s", step, diff)
				}
			}
		})
	}
	asJSON := file("n.json", string(parsed(t, file("n.yaml", nested)).JSON()))
	text, step, err := asJSON.InsertStep(rewrite.Place{Branch: "where", Arm: "Bonn", First: true}, "delay", wait)
	if err == nil {
		t.Errorf("the step went into a shared arm as %s:\n%s", step, rewrite.Diff(string(asJSON.Text), string(text), "n"))
	}
	text, step, err = asJSON.InsertStep(rewrite.Place{Branch: "where", Arm: "Köln", First: true}, "delay", append(wait, rewrite.TextField("id", "pause")))
	if err != nil {
		t.Fatal(err)
	}
	now := parsed(t, file("n.json", string(text)))
	if a := now.ActionByName("pause"); step != "pause" || a == nil || a.ID != "10" || now.ActionByName("where").StaticBranches[2].Connection.NextID != "10" {
		t.Errorf("the new step is %+v", a)
	}
}

func TestInsertStepTakesOverTheEnding(t *testing.T) {
	t.Parallel()
	f := file("n.yaml", nested)
	text, _, err := f.InsertStep(rewrite.Place{After: "end"}, "delay", []rewrite.Field{rewrite.TextField("delay", "1m")})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(nested, "    stop: true\n- delay", "\n- delay: 1m\n  id: wait\n  stop: true\n\n- delay", 1)
	if diff := cmp.Diff(strings.ReplaceAll(want, "\n\n- delay", "\n- delay"), string(text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, _, err := f.InsertStep(rewrite.Place{After: "end"}, "stop", nil); err == nil || !strings.Contains(err.Error(), "ends with stop already") {
		t.Errorf("a second stop: %v", err)
	}
	text, err = f.RemoveStep("end")
	if err == nil || !strings.Contains(err.Error(), `"end"`) {
		t.Errorf("a step that others go to was taken out: %v\n%s", err, text)
	}
}

func TestInsertStepKeepsNumbersThatAreUsed(t *testing.T) {
	t.Parallel()
	const before = `object: contact
steps:
  - delay: 1d
  - ask_openai_assistant: {assistant: a, prompt: p}
  - create_task:
      subject: "{{ action_outputs.action_output_2.response }}"
`
	f := file("n.yaml", before)
	text, _, err := f.InsertStep(rewrite.Place{After: "1"}, "delay", []rewrite.Field{rewrite.TextField("delay", "1m")})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(before, "p}\n", "p}\n    action_id: \"2\"\n", 1)
	want = strings.Replace(want, "1d\n", "1d\n  - delay: 1m\n    id: wait\n    action_id: \"4\"\n", 1)
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	text, err = f.RemoveStep("1")
	if err != nil {
		t.Fatal(err)
	}
	want = strings.Replace(strings.Replace(before, "  - delay: 1d\n", "", 1), "p}\n", "p}\n    action_id: \"2\"\n", 1)
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestStepsThatCannotBeChangedSayWhy(t *testing.T) {
	t.Parallel()
	f := file("n.yaml", nested)
	insert := func(f rewrite.File, where rewrite.Place, kind string, fields ...rewrite.Field) error {
		_, _, err := f.InsertStep(where, kind, fields)
		return err
	}
	field := func(f rewrite.File, step, field, value string) error {
		_, err := f.SetField(step, field, value)
		return err
	}
	shared := file("s.yaml", "object: contact\nsteps:\n  - branch_on: {property: x}\n    cases:\n      A: &x\n        - delay: 1d\n      B: *x\n")
	for name, tt := range map[string]struct {
		err  error
		says string
	}{
		"no such step":        {insert(f, rewrite.Place{After: "emd"}, "stop"), `did you mean "end"`},
		"no such kind":        {insert(f, rewrite.Place{First: true}, "dance"), `no step "dance"`},
		"no place":            {insert(f, rewrite.Place{}, "stop"), "where the step goes"},
		"two places":          {insert(f, rewrite.Place{First: true, After: "end"}, "stop"), "where the step goes"},
		"no such arm":         {insert(f, rewrite.Place{Branch: "where", Arm: "Koln", First: true}, "stop"), `no arm "Koln"`},
		"no branch":           {insert(f, rewrite.Place{Branch: "end", Arm: "else", First: true}, "stop"), "no branch"},
		"shared arm":          {insert(f, rewrite.Place{Branch: "where", Arm: "Bonn", First: true}, "stop"), `"Berlin, Bonn"`},
		"a field is missing":  {insert(f, rewrite.Place{First: true}, "create_task"), `needs "subject"`},
		"a name twice":        {insert(f, rewrite.Place{First: true}, "delay", rewrite.TextField("delay", "1d"), rewrite.TextField("id", "end")), "used twice"},
		"go_to nowhere":       {insert(f, rewrite.Place{First: true}, "go_to", rewrite.TextField("go_to", "x")), "no step"},
		"steps by alias":      {insert(shared, rewrite.Place{First: true}, "stop"), "alias"},
		"no such field":       {field(f, "end", "sbject", "x"), `no field "sbject"`},
		"a needed field":      {field(f, "end", "subject", ""), "subject"},
		"a bad value":         {field(f, "end", "priority", "URGENT"), "LOW"},
		"no YAML":             {field(f, "end", "owner", "["), "owner:"},
		"a broken file":       {field(file("b.yaml", "object: [\n"), "end", "subject", "x"), "b.yaml"},
		"not a workflow":      {field(file("b.json", "[]"), "end", "subject", "x"), "b.json"},
		"temperature is text": {field(file("t.yaml", "object: contact\nsteps:\n  - ask_openai_assistant: {assistant: a, prompt: p}\n"), "1", "temperature", "hot"), "temperature"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.says) {
			t.Errorf("%s: the error is %v, which does not say %q", name, tt.err, tt.says)
		}
	}
}

func TestSetFieldOfOtherSteps(t *testing.T) {
	t.Parallel()
	before := nested + "- notify: {users: [\"11\"], subject: s}\n- branch_on: {output: end.x}\n  id: last\n  cases: {}\n" +
		"- action:\n    type: SINGLE_CONNECTION\n    actionTypeId: 1-67\n    actionTypeVersion: 3\n    fields: {room: \"7\", seats: 7}\n"
	for _, tt := range []struct{ step, field, value, old, new string }{
		{"end", "subject", "It's \"x\"", `'It''s: "{{ enrolled_object.email }}"'   #`, `'It''s "x"'   #`},
		{"end", "owner", "{property: hubspot_owner_id}", "    stop: true", "    stop: true\n    owner: {property: hubspot_owner_id}"},
		{"1", "delay", "3d", "1d # first", "3d # first"},
		{"1", "days", "3", "delay: 1d # first", "delay: {days: 3} # first"},
		{"10", "users", "[11, 12]", `users: ["11"]`, `users: [11, 12]`},
		{"10", "body", "b, c", `subject: s}`, `subject: s, body: "b, c"}`},
		{"last", "branch_on", "{property: city}", "{output: end.x}", "{property: city}"},
		{"last", "default_name", "No", "  cases: {}\n", "  cases: {}\n  default_name: \"No\"\n"},
		{"12", "room", "8", `room: "7"`, `room: "8"`},
		{"12", "seats", "8", `seats: 7`, `seats: 8`},
	} {
		f := file("n.yaml", before)
		text, err := f.SetField(tt.step, tt.field, tt.value)
		if err != nil {
			t.Errorf("%s.%s: %v", tt.step, tt.field, err)
			continue
		}
		want := strings.Replace(before, tt.old, tt.new, 1)
		if tt.field == "owner" { // behind the field that comes before it
			want = strings.Replace(before, "# quoted\n", "# quoted\n    owner: {property: hubspot_owner_id}\n", 1)
		}
		if diff := cmp.Diff(want, string(text)); diff != "" {
			t.Errorf("%s.%s (-want +got)\n%s", tt.step, tt.field, diff)
		}
	}
}

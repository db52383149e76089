package sample_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/sample"
)

func TestUsed(t *testing.T) {
	t.Parallel()
	text := `
name: All ways to name a property
object: contact
enroll:
  when:
    - {message: known}
    - {hs_lead_status: {is: NEW}}
steps:
  - ask_openai_assistant:
      id: ask
      assistant: asst_1
      prompt: "{{ enrolled_object.firstname }} of {{ fetched_objects.company.name }}: {{ enrolled_object.message }}"
  - set_property: {property: lead_grade, value: {output: ask.response}}
  - set_property: {property: state, value: {property: city}}
  - branch:
      - if: [{zip: known}]
        then: []
`
	f, problems := flow.Parse("workflows/all.yaml", []byte(text), flow.DefaultOpenAIAction())
	if f == nil {
		t.Fatal(problems)
	}
	got := map[string]bool{}
	for _, name := range sample.Used(f) {
		if got[name] {
			t.Errorf("%s twice", name)
		}
		got[name] = true
	}
	want := map[string]bool{"message": true, "hs_lead_status": true, "firstname": true, "lead_grade": true, "state": true, "city": true, "zip": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	row := run.Row{State: run.Completed, Steps: []byte(`[{"actionId":"1","name":"ask","state":"SUCCESS","ask":{"prompt":"p"}},{"actionId":"2","state":"SUCCESS","branch":"Warm"},
		{"actionId":"3","state":"FAIL_CONTINUE","error":{"code":"refusal","message":"no"}},{"actionId":"4","state":"SKIPPED"},{"actionId":"2","state":"SUCCESS","branch":"Warm"}]`)}
	for _, c := range []struct {
		row  run.Row
		want []string
	}{
		{row, []string{"ends COMPLETED", "2 takes Warm", "3 fails: refusal", "4 is SKIPPED", "goes ask → 2 takes Warm → 3 fails: refusal → 4 is SKIPPED → 2 takes Warm"}},
		{run.Row{State: run.NotEnrolled, Reason: `city is "Rome", not "Oslo", 17 times`}, []string{"ends NOT_ENROLLED: city is …, not …, … times"}},
		{run.Row{State: run.GoalMet}, []string{"ends GOAL_MET"}},
	} {
		got, err := sample.Path(&c.row)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := sample.Path(&run.Row{State: run.Completed, Steps: []byte("[")}); err == nil {
		t.Error("broken steps are read")
	}
}

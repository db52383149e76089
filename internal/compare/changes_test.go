package compare_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/compare"
	"askflow/internal/flow"
	"askflow/internal/run"
)

// ranWith is a run of a workflow file with a flow of one ask and one other step.
func ranWith(prompt, subject, stamp string) *run.Run {
	return &run.Run{Workflow: run.Workflow{File: "workflows/w.json", Name: "W"},
		Flow: json.RawMessage(`{"name":"W","revisionId":"` + stamp + `","actions":[
			{"actionId":"1","actionTypeId":"1-900001","fields":{"prompt":"` + prompt + `","assistant":"a"}},
			{"actionId":"2","actionTypeId":"0-3","fields":{"subject":"` + subject + `"}}]}`),
		Settings: json.RawMessage(`{"request":{"workflow":"w","model":"m","timings":true},"answers":"scripted"}`),
		Inputs:   map[string]string{"workflows/w.json": stamp, "assistants/a.yaml": "1", "portal.yaml": "1"}}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	asks := flow.DefaultOpenAIAction()
	now := &flow.Flow{Actions: []*flow.Action{{ID: "1", Name: "grade"}, {ID: "2", Name: "tell"}}}
	changed := func(change func(*run.Run)) *run.Run {
		r := ranWith("P", "S", "1")
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		b    *run.Run
		now  *flow.Flow
		want []compare.Change
	}{
		"nothing":                     {ranWith("P", "S", "1"), now, []compare.Change{}},
		"only the file's own stamps":  {ranWith("P", "S", "2"), now, []compare.Change{}},
		"a prompt":                    {ranWith("Q", "S", "2"), now, []compare.Change{{What: "prompt", Name: "step grade"}}},
		"a prompt of a lost workflow": {ranWith("Q", "S", "2"), nil, []compare.Change{{What: "prompt", Name: "step 1"}}},
		"a step":                      {ranWith("P", "T", "2"), now, []compare.Change{{What: "workflow", Name: "step tell"}}},
		"another workflow":            {changed(func(r *run.Run) { r.Workflow.File = "workflows/x.yaml" }), now, []compare.Change{{What: "workflow", Name: "workflows/x.yaml"}}},
		"a flow that cannot be read":  {changed(func(r *run.Run) { r.Flow = json.RawMessage("{") }), now, []compare.Change{{What: "workflow", Name: "workflows/w.json"}}},
		"a flow that is nothing":      {changed(func(r *run.Run) { r.Flow = json.RawMessage("null") }), now, []compare.Change{{What: "workflow", Name: "workflows/w.json"}}},
		"hostile members": {changed(func(r *run.Run) {
			r.Flow = json.RawMessage(`{"name":"W","actions":[7,{"actionId":{},"fields":[]},{"actionId":"1","actionTypeId":{"a":[]}}]}`)
		}), now, []compare.Change{{What: "workflow", Name: "step "}, {What: "workflow", Name: "step grade"}, {What: "workflow", Name: "step tell"}}},
		"settings": {changed(func(r *run.Run) {
			r.Settings = json.RawMessage(`{"request":{"workflow":"W","reasoningEffort":"low","pins":{"a":"b"}},"answers":"replay"}`)
		}), now, []compare.Change{{What: "settings", Name: "answers"}, {What: "settings", Name: "model"}, {What: "settings", Name: "pin"}, {What: "settings", Name: "reasoning-effort"}}},
		"settings that cannot be read": {changed(func(r *run.Run) { r.Settings = nil }), now, []compare.Change{{What: "settings", Name: "answers"}, {What: "settings", Name: "model"}}},
		"files, in order": {changed(func(r *run.Run) {
			r.Inputs = map[string]string{"portal.yaml": "2", "records/c.csv": "1", "recordings/r.jsonl": "1", "responses/x.yaml": "1", "more.csv": "1", "faults.yaml": "1"}
		}), now, []compare.Change{{What: "assistant", Name: "assistants/a.yaml"}, {What: "records", Name: "more.csv"}, {What: "records", Name: "records/c.csv"}, {What: "responses", Name: "responses/x.yaml"},
			{What: "recordings", Name: "recordings/r.jsonl"}, {What: "portal", Name: "portal.yaml"}, {What: "file", Name: "faults.yaml"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, compare.Changes(ranWith("P", "S", "1"), c.b, asks, c.now)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

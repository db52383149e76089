package compare

import (
	"bytes"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/run"
)

// Change is something that decides what a run does and that differs between two runs.
type Change struct {
	// What is workflow, prompt, assistant, records, responses, recordings, portal, settings or file.
	What string `json:"what"`
	// Name is the step of a prompt or a workflow, the file, or the setting.
	Name string `json:"name,omitempty"`
}

// kindsOfChange is the order in which changes are told.
func kindsOfChange() []string {
	return []string{"workflow", "prompt", "assistant", "records", "responses", "recordings", "portal", "settings", "file"}
}

// portalFile is the portal's own file among a run's inputs.
const portalFile = "portal.yaml"

// Changes compares what two runs were started with: their workflows, the files they read, their settings. Both need their
// flow, inputs and settings, as a store's Run gives them. asks is how the portal calls Ask OpenAI Assistant, so that a changed
// prompt can be told from other changes; now is the second run's workflow as it stands, which gives steps their names, and may
// be nil. The list is empty, never nil, when nothing changed.
func Changes(a, b *run.Run, asks flow.OpenAIAction, now *flow.Flow) []Change {
	changes := []Change{}
	if a.Workflow.File != b.Workflow.File {
		changes = append(changes, Change{"workflow", b.Workflow.File})
	} else {
		changes = append(changes, flowChanges(a, b, asks, now)...)
	}
	files := map[string]bool{}
	for file := range a.Inputs {
		files[file] = true
	}
	for file := range b.Inputs {
		files[file] = true
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if file != a.Workflow.File && file != b.Workflow.File && a.Inputs[file] != b.Inputs[file] {
			changes = append(changes, Change{kindOfFile(file), file})
		}
	}
	changes = append(changes, settingChanges(a, b)...)
	order := kindsOfChange()
	slices.SortStableFunc(changes, func(x, y Change) int { return slices.Index(order, x.What) - slices.Index(order, y.What) })
	return changes
}

func kindOfFile(file string) string {
	folder, _, _ := strings.Cut(file, "/")
	switch {
	case file == portalFile:
		return "portal"
	case folder == "assistants":
		return "assistant"
	case folder == "records" || folder == "responses" || folder == "recordings":
		return folder
	}
	switch strings.ToLower(path.Ext(file)) {
	case ".csv", ".json", ".jsonl": // of --records
		return "records"
	}
	return "file" // of --faults
}

// flowChanges compares two states of a workflow, step by step. A step is named once.
func flowChanges(a, b *run.Run, asks flow.OpenAIAction, now *flow.Flow) []Change {
	if bytes.Equal(a.Flow, b.Flow) {
		return nil
	}
	flowA, stepsA := stepsOf(a.Flow)
	flowB, stepsB := stepsOf(b.Flow)
	if flowA == nil || flowB == nil {
		return []Change{{"workflow", b.Workflow.File}}
	}
	var changes []Change
	if !sameJSON(flowA, flowB) {
		changes = append(changes, Change{"workflow", b.Workflow.File})
	}
	ids := map[string]bool{}
	for id := range stepsA {
		ids[id] = true
	}
	for id := range stepsB {
		ids[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		x, y := stepsA[id], stepsB[id]
		if x["actionTypeId"] == asks.TypeID && y["actionTypeId"] == asks.TypeID && !sameJSON(takeField(x, asks.Prompt), takeField(y, asks.Prompt)) {
			changes = append(changes, Change{"prompt", "step " + stepName(now, id)})
		}
		if !sameJSON(x, y) {
			changes = append(changes, Change{"workflow", "step " + stepName(now, id)})
		}
	}
	return changes
}

// stepName is what people call a step of a workflow, its id when the workflow does not have it.
func stepName(f *flow.Flow, id string) string {
	if f == nil {
		return id
	}
	for _, a := range f.Actions {
		if a.ID == id {
			return a.Display()
		}
	}
	return id
}

// stepsOf takes the actions, by id, out of a flow. The flow is nil when it cannot be read.
func stepsOf(data []byte) (rest map[string]any, steps map[string]map[string]any) {
	if err := json.Unmarshal(data, &rest); err != nil {
		return nil, nil
	}
	steps = map[string]map[string]any{}
	list, _ := rest["actions"].([]any)
	for _, it := range list {
		if action, ok := it.(map[string]any); ok {
			id, _ := action["actionId"].(string)
			steps[id] = action
		}
	}
	delete(rest, "actions")
	for _, stamp := range []string{"revisionId", "updatedAt", "createdAt"} { // these change with every save
		delete(rest, stamp)
	}
	return rest, steps
}

// takeField removes a field of an action and returns it.
func takeField(action map[string]any, name string) any {
	fields, _ := action["fields"].(map[string]any)
	v := fields[name]
	delete(fields, name)
	return v
}

// sameJSON compares decoded values; encoding/json sorts the keys.
func sameJSON(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// settingChanges compares what was said on the command line, and what it was settled to.
func settingChanges(a, b *run.Run) []Change {
	x, y := settingsOf(a), settingsOf(b)
	names := map[string]bool{}
	for name := range x {
		names[name] = true
	}
	for name := range y {
		names[name] = true
	}
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !bytes.Equal(x[name], y[name]) {
			changes = append(changes, Change{"settings", flagName(name)})
		}
	}
	return changes
}

// settingsOf are a run's settings by name; of those that were settled, what they were settled to.
func settingsOf(r *run.Run) map[string]json.RawMessage {
	var s map[string]json.RawMessage
	if err := json.Unmarshal(r.Settings, &s); err != nil {
		return nil
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(s["request"], &out); err != nil || out == nil {
		out = map[string]json.RawMessage{}
	}
	for _, told := range []string{"workflow", "timings", "dir"} { // another spelling, another form of the output, where the command was typed
		delete(out, told)
	}
	for name, v := range s {
		if name != "request" {
			out[name] = v
		}
	}
	return out
}

// flagName is how the command line calls a setting.
func flagName(name string) string {
	switch name {
	case "reasoningEffort":
		return "reasoning-effort"
	case "maxCost":
		return "max-cost"
	case "pins":
		return "pin"
	case "stubs":
		return "stub"
	case "prompts":
		return "prompt"
	}
	return name
}

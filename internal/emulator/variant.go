package emulator

import (
	"strings"

	"askflow/internal/flow"
	"askflow/internal/portal"
	"askflow/internal/source"
)

// WithPortal is the same emulator over another portal, such as one with a workflow laid over it.
func (e *Emulator) WithPortal(p *portal.Portal) *Emulator {
	out := *e
	out.Portal, out.Kinds, out.Models, out.browsing = p, flow.NewKinds(p.Settings.OpenAIAction), p.Models, newBrowsing()
	return &out
}

// Asking are the actions of a workflow that ask OpenAI, in the order of their ids.
func (e *Emulator) Asking(f *flow.Flow) []*flow.Action {
	var out []*flow.Action
	for _, a := range f.Actions {
		if e.Kinds.IsOpenAI(a) {
			out = append(out, a)
		}
	}
	return out
}

// WithPrompts is a workflow with other prompts, by the names or ids of the steps that ask; "" is the only one that does. The
// workflow itself stays as it is; without prompts it comes back.
func (e *Emulator) WithPrompts(f *flow.Flow, prompts map[string]string) (*flow.Flow, error) {
	if len(prompts) == 0 {
		return f, nil
	}
	node := f.Node.Clone()
	for _, step := range sortedKeys(prompts) {
		a, err := e.askingAction(f, step)
		if err != nil {
			return nil, err
		}
		if err := setPrompt(node, a.ID, e.Kinds.OpenAI.Prompt, prompts[step]); err != nil {
			return nil, err
		}
	}
	out, problems := flow.Decode(f.File, node)
	if problems.HasErrors() {
		return nil, invalid("the workflow "+f.FileName, problems)
	}
	for i, a := range out.Actions { // names are of the YAML form
		if old := f.Action(a.ID); old != nil {
			out.Actions[i].Name = old.Name
		}
	}
	out.FileName = f.FileName
	return out, nil
}

// askingAction finds the step that a prompt is for.
func (e *Emulator) askingAction(f *flow.Flow, step string) (*flow.Action, error) {
	asking := e.Asking(f)
	names := make([]string, 0, len(asking))
	for _, a := range asking {
		names = append(names, a.Display())
		if step == a.ID || step == a.Name && step != "" || step == "" && len(asking) == 1 {
			return a, nil
		}
	}
	if len(asking) == 0 {
		return nil, usage("unknown_step", "", "the workflow %s asks nobody, so it takes no other prompt", f.FileName)
	}
	if step == "" {
		return nil, usage("name_the_step", "write prompt@"+names[0], "the workflow %s has %d steps that ask, so a prompt must say for which it is: %s", f.FileName, len(asking), strings.Join(names, ", "))
	}
	hint := "the steps that ask are " + strings.Join(names, ", ")
	if near := source.Nearest(step, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, usage("unknown_step", hint, "no step %q of the workflow %s asks OpenAI", step, f.FileName)
}

// setPrompt changes the prompt of an action in a v4 flow object.
func setPrompt(flowNode *source.Node, actionID, field, text string) error {
	actions := flowNode.Get("actions")
	if actions != nil {
		for _, a := range actions.Items {
			if id := a.Get("actionId"); id == nil || id.Text != actionID {
				continue
			}
			fields := a.Get("fields")
			if fields == nil {
				fields = source.NewObject(a.Pos)
				a.Set("fields", fields)
			}
			pos := a.Pos
			if old := fields.Get(field); old != nil {
				pos = old.Pos
			}
			fields.Set(field, source.NewString(text, pos))
			return nil
		}
	}
	return usage("unknown_step", "", "the workflow has no action %s", actionID)
}

package emulator

import (
	"net/http"
	"strings"

	"askflow/internal/check"
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

// Transport is how live questions travel.
func (e *Emulator) Transport() http.RoundTripper {
	if e.transport == nil {
		return LiveTransport()
	}
	return e.transport
}

// WithTransport is the same emulator whose live questions travel another way.
func (e *Emulator) WithTransport(t http.RoundTripper) *Emulator {
	out := *e
	out.transport = t
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
	out, err := e.withPrompts(f, f.File, prompts, nil)
	if err != nil {
		return nil, err
	}
	out.FileName = f.FileName
	return out, nil
}

// withPrompts is a workflow with other prompts, in a file of another name. place says where each of them stands; nil for where the old
// one does.
func (e *Emulator) withPrompts(f *flow.Flow, file string, prompts map[string]string, place func(step string) source.Pos) (*flow.Flow, error) {
	node := f.Node.Clone()
	for _, step := range sortedKeys(prompts) {
		a, err := e.askingAction(f, step)
		if err != nil {
			return nil, err
		}
		at := source.Pos{}
		if place != nil {
			at = place(step)
		}
		if err := setPrompt(node, a.ID, e.Kinds.OpenAI.Prompt, prompts[step], at); err != nil {
			return nil, err
		}
	}
	out, problems := flow.Decode(file, node)
	if problems.HasErrors() {
		return nil, invalid("the workflow "+f.FileName, problems)
	}
	for i, a := range out.Actions { // names are of the YAML form
		if old := f.Action(a.ID); old != nil {
			out.Actions[i].Name = old.Name
		}
	}
	return out, nil
}

// promptLines is how far the places of prompts are apart that CheckPrompts looks at: more lines than any file has.
const promptLines = 1 << 25

// CheckPrompts says of prompts in the place of a workflow's own what validate says of those, by step: lines and columns are those of
// each prompt's own text, files are left out. Other findings in the workflow are not among them.
func (e *Emulator) CheckPrompts(of *Survey, f *flow.Flow, prompts map[string]string) (map[string]source.Problems, error) {
	steps := sortedKeys(prompts)
	numbers := map[string]int{}
	for i, step := range steps {
		numbers[step] = i + 1
	}
	// Nothing is known of a file of that name, so that places are worked out from the texts alone.
	out, err := e.withPrompts(f, "prompt.yaml", prompts, func(step string) source.Pos { return source.Pos{Line: promptLines * numbers[step], Col: 1} })
	if err != nil {
		return nil, err
	}
	found := map[string]source.Problems{}
	for _, p := range check.Flow(e.Portal, out, check.Options{Schema: of.Schema, Models: e.Models, Now: of.p.now}) {
		if n := p.Line / promptLines; n > 0 && p.File == out.File {
			p.File, p.Line = "", max(1, p.Line%promptLines)
			found[steps[n-1]] = append(found[steps[n-1]], p)
		}
	}
	return found, nil
}

// CheckWorkflow says what validate says of a workflow of the portal, over surveyed records.
func (e *Emulator) CheckWorkflow(of *Survey, f *flow.Flow) source.Problems {
	return check.Flow(e.Portal, f, check.Options{Schema: of.Schema, Models: e.Models, Now: of.p.now})
}

// Prompt is the prompt of a step that asks, by its name or id; "" is the only step that does.
func (e *Emulator) Prompt(f *flow.Flow, step string) (*source.Node, error) {
	a, err := e.askingAction(f, step)
	if err != nil {
		return nil, err
	}
	n := a.Field(e.Kinds.OpenAI.Prompt)
	if n == nil || n.Kind != source.String {
		return nil, usage("no_prompt", "write its prompt as text", "the step %s of the workflow %s has no prompt that is text", a.Display(), f.FileName)
	}
	return n, nil
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

// setPrompt changes the prompt of an action in a v4 flow object. Without a place of its own the new one stands where the old one did.
func setPrompt(flowNode *source.Node, actionID, field, text string, pos source.Pos) error {
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
			old := fields.Get(field)
			switch {
			case pos.Line > 0:
			case old != nil:
				pos = old.Pos
			default:
				pos = a.Pos
			}
			fields.Set(field, source.NewString(text, pos))
			return nil
		}
	}
	return usage("unknown_step", "", "the workflow has no action %s", actionID)
}

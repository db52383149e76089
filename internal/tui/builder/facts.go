package builder

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/token"
	"askflow/internal/tui/dialog"
)

func (w work) kinds() *flow.Kinds { return flow.NewKinds(w.openAI()) }

// number writes a temperature as people do.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// facts are what the forms of actions offer.
type facts struct {
	assistants []*assistant.Assistant
	models     []*service.Model
	columns    []hubspot.Property
	tokens     []service.TokenChoice
}

// facts reads what an action at a place can use.
func (w work) facts(wf *service.Workflow, at spot) (*facts, error) {
	f := &facts{}
	var err error
	if f.assistants, err = w.services.Assistants.List(w.ctx); err != nil {
		return nil, err
	}
	if f.models, err = w.services.Assistants.Models(w.ctx); err != nil {
		return nil, err
	}
	if f.columns, err = w.services.Records.Columns(w.ctx, wf.Flow.ObjectType().Name); err != nil {
		return nil, err
	}
	f.tokens, err = w.tokens(wf, at)
	return f, err
}

// tokens are those that an action at a place can use: those of the action before it, and what that one puts out itself.
func (w work) tokens(wf *service.Workflow, at spot) ([]service.TokenChoice, error) {
	id := at.step
	switch {
	case id != "":
	case at.after != "":
		id = at.after
	case at.branch != "":
		id = at.branch
	default:
		id = wf.Flow.StartActionID
	}
	if id == "" || wf.Flow.ActionByName(id) == nil {
		return w.services.Workflows.Tokens(w.ctx, wf.Item.File, "")
	}
	list, err := w.services.Workflows.Tokens(w.ctx, wf.Item.File, id)
	if err != nil || at.after == "" || at.step != "" {
		return list, err
	}
	all, err := w.services.Workflows.Tokens(w.ctx, wf.Item.File, "")
	if err != nil {
		return nil, err
	}
	before := wf.Flow.ActionByName(id)
	for _, t := range all {
		name, _, is := output(t.Token)
		if is && (name == before.ID || name == before.Name) && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list, nil
}

// output takes the token of an action's output apart.
func output(text string) (action, key string, ok bool) {
	ref, problems := token.ParseRef(text)
	if ref == nil || len(problems) > 0 || ref.Kind != token.ActionOutput {
		return "", "", false
	}
	return ref.Name, ref.Property, true
}

// spot is where an action stands or shall stand.
type spot struct {
	step               string // an action that is there
	after, branch, arm string
	// edge is the arm as flow.Edge names it.
	edge string
}

// isJSON tells that a workflow's file is HubSpot's own form, in which steps have no names.
func isJSON(wf *service.Workflow) bool { return strings.EqualFold(path.Ext(wf.Item.File), ".json") }

// assistant finds an assistant by its id or name, as the portal does; nil when there is none.
func (f *facts) assistant(ref string) *assistant.Assistant {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, a := range f.assistants {
			if ref != "" && (same(a.ID, ref) || same(a.Name, ref)) {
				return a
			}
		}
	}
	return nil
}

// ref is how a workflow names an assistant: by its name where that is enough, because that is easier to read.
func (f *facts) ref(a *assistant.Assistant) string {
	if f.assistant(a.Name) == a {
		return a.Name
	}
	return a.ID
}

func (f *facts) assistantChoices(now string) []dialog.Choice {
	var out []dialog.Choice
	chosen := f.assistant(now)
	for _, a := range f.assistants {
		c := dialog.Choice{ID: f.ref(a), Title: a.ID, Detail: a.Model}
		if a == chosen {
			c.ID = now // as it stands there
		}
		if a.Name != "" && a.Name != a.ID {
			c.Title = a.Name + " (" + a.ID + ")"
		}
		if words := strings.Join(strings.Fields(first(a.Instructions, 300)), " "); words != "" {
			c.Detail += ": " + words
		}
		out = append(out, c)
	}
	return including(out, now, "is not among this portal's assistants")
}

// first is the beginning of a text.
func first(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// including adds the value that stands there now, where it is no choice.
func including(list []dialog.Choice, now, why string) []dialog.Choice {
	if now == "" || slices.ContainsFunc(list, func(c dialog.Choice) bool { return c.ID == now }) {
		return list
	}
	return append(list, dialog.Choice{ID: now, Title: now, Detail: now + " " + why})
}

func (f *facts) modelChoices(now string) []dialog.Choice {
	out := []dialog.Choice{{Title: "the assistant's own"}}
	for _, m := range f.models {
		c := dialog.Choice{ID: m.ID, Title: m.ID, Detail: modelDetail(m)}
		switch {
		case m.ID == now:
		case m.Gone:
			c.Disabled = "OpenAI switched this model off on " + m.Shutdown + "."
		case !m.Allowed:
			c.Disabled = "portal.yaml does not allow this model."
		}
		out = append(out, c)
	}
	return including(out, now, "is not a model that is known here")
}

func modelDetail(m *service.Model) string {
	var parts []string
	if m.InputUSD != "" && m.OutputUSD != "" {
		parts = append(parts, "$"+m.InputUSD+" in, $"+m.OutputUSD+" out a million tokens")
	}
	switch m.Temperature {
	case "never":
		parts = append(parts, "takes no temperature")
	case "with_none":
		parts = append(parts, "takes a temperature with effort none only")
	}
	if m.Shutdown != "" {
		parts = append(parts, "off from "+m.Shutdown)
	}
	return strings.Join(parts, " · ")
}

func effortChoices(now string) []dialog.Choice {
	out := []dialog.Choice{{Title: "the assistant's own"}}
	for _, e := range assistant.Efforts() {
		out = append(out, dialog.Choice{ID: e, Title: e})
	}
	return including(out, now, "is not an effort that is known here")
}

// model finds the model that would be asked, nil when it is not known.
func (f *facts) model(values map[string]string) *service.Model {
	id := values["model"]
	if a := f.assistant(values["assistant"]); a != nil && id == "" {
		id = a.Model
	}
	for _, m := range f.models {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// effort is what is asked for with these values: their own, or the assistant's.
func (f *facts) effort(values map[string]string) string {
	if e := values["reasoning_effort"]; e != "" {
		return e
	}
	if a := f.assistant(values["assistant"]); a != nil {
		return a.ReasoningEffort
	}
	return ""
}

// outputChoices are the outputs that a value can be taken from.
func (f *facts) outputChoices(now string, states bool) []dialog.Choice {
	var out []dialog.Choice
	for _, t := range f.tokens {
		name, key, is := output(t.Token)
		if !is || (key == flow.ExecutionState) != states {
			continue
		}
		out = append(out, dialog.Choice{ID: name + "." + key, Title: t.Label, Detail: name + "." + key})
	}
	return including(out, now, "is not known here")
}

func (f *facts) columnChoices(now string, writable bool) []dialog.Choice {
	var out []dialog.Choice
	for _, p := range f.columns {
		c := dialog.Choice{ID: p.Name, Title: p.Name, Detail: string(p.Type)}
		if p.Label != "" && p.Label != p.Name {
			c.Title = p.Label + " (" + p.Name + ")"
		}
		if writable && p.ReadOnly && p.Name != now {
			c.Disabled = "HubSpot sets this property itself."
		}
		out = append(out, c)
	}
	return including(out, now, "is not in the records of this portal")
}

func checkTemperature(s string) error {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= 2) {
		return errors.New("a temperature is a number from 0 to 2, such as 0.2; empty is the assistant's own")
	}
	return nil
}

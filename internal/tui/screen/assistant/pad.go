package assistant

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/token"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// pad is the scratchpad: one prompt, one record, and the answers of this session.
type pad struct {
	s      *Screen
	opened bool
	typing bool // keys go into the prompt
	editor *widget.Editor
	// empty tells that there is no prompt, dirty that it is not as it was when it was taken or saved.
	empty, dirty bool
	// asked is the prompt that was asked last.
	asked string

	// target is the step that the prompt came from, source the prompt as it stands there; nil for one that stands on its own.
	target     *target
	source     string
	objectType string
	recordID   string
	recordName string

	resolver resolver
	starting ui.Loader
	tokens   ui.Loader
	render   rendererOf
	results  results
	areas    padAreas
}

// start is what the scratchpad begins with.
type start struct {
	target                           *target
	objectType, recordID, recordName string
	err                              error
}

func newPad(s *Screen) pad {
	p := pad{s: s, editor: widget.NewEditor("", true), empty: true}
	p.editor.Placeholder = "Write a prompt, with data tokens such as {{ enrolled_object.firstname }}, or start from a workflow's."
	p.render.body = widget.NewText()
	p.results.init()
	return p
}

// openPad goes to the scratchpad. The first time it begins with the prompt of a step that asks the assistant at hand.
func (s *Screen) openPad() tea.Cmd {
	s.level = levelPad
	p := &s.pad
	if p.opened && (s.form.target == nil || p.target != nil && p.target.file == s.form.target.file && p.target.id == s.form.target.id || p.dirty) {
		return p.again()
	}
	p.opened = true
	return s.withTargets(func() tea.Cmd { return p.start(s.likely()) })
}

// likely is the step that the scratchpad begins with: the one whose settings are looked at, or the first that asks the assistant.
func (s *Screen) likely() *target {
	if s.form.target != nil {
		return s.targets.find(s.form.target.file, s.form.target.step)
	}
	it, ok := s.list.Selected()
	for _, t := range s.targets.list {
		if ok && t.assistant != "" && (t.assistant == it.a.ID || t.assistant == it.a.Name) {
			return t
		}
	}
	return nil
}

// start takes the prompt of a step, and a record of its type where none is chosen.
func (p *pad) start(t *target) tea.Cmd {
	svc := p.s.env.Services.Records
	st := &start{target: t, objectType: p.objectType, recordID: p.recordID, recordName: p.recordName}
	if t != nil && t.objectType != p.objectType {
		st.objectType, st.recordID, st.recordName = t.objectType, "", ""
	}
	return ui.Load(p.s.env, &p.starting, func(ctx context.Context) (*start, error) {
		if st.recordID == "" {
			st.err = firstRecord(ctx, svc, st)
		}
		return st, ctx.Err()
	})
}

// How far the scratchpad looks for a record that fits.
const (
	fitPage  = 200
	fitPages = 5
)

// firstRecord chooses a record of a type: the first one that has a value for every property that the prompt wants of it, or for
// the most of them among those that are looked at.
func firstRecord(ctx context.Context, svc service.Records, st *start) error {
	if st.objectType == "" {
		objects, err := svc.Objects(ctx)
		if err != nil || len(objects) == 0 {
			return err
		}
		st.objectType = objects[0].Type.Name
	}
	want := []string{}
	if st.target != nil {
		want = wanted(st.target.prompt)
	}
	best := -1
	q := service.RecordQuery{ObjectType: st.objectType, Limit: fitPage}
	for range fitPages {
		page, err := svc.Page(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			if has := valued(r, want); has > best {
				best, st.recordID, st.recordName = has, r.ID, clip(r.Name(), 400)
			}
		}
		if best >= len(want) || page.Next == nil {
			break
		}
		q.From = page.Next
	}
	return nil
}

// wanted are the properties of the enrolled record that a prompt names.
func wanted(prompt string) []string {
	var out []string
	template, _ := token.Parse(prompt) // what cannot be read is said when it is rendered
	for _, ref := range template.Refs() {
		if ref.Kind == token.EnrolledObject && !slices.Contains(out, ref.Property) {
			out = append(out, ref.Property)
		}
	}
	return out
}

func valued(r *hubspot.Record, properties []string) (n int) {
	for _, p := range properties {
		if r.Get(p) != "" {
			n++
		}
	}
	return n
}

func (p *pad) started(msg ui.Loaded[*start]) tea.Cmd {
	if msg.Of != &p.starting || !p.starting.Take(msg.N) {
		return nil
	}
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	st := msg.Value
	p.target, p.objectType, p.recordID, p.recordName = st.target, st.objectType, st.recordID, st.recordName
	if st.target != nil {
		p.source = st.target.prompt
		p.editor.SetValue(st.target.prompt) // the cursor stands behind it, where most is added
		p.source = p.editor.Value()         // as the editor keeps it
	}
	cmds := []tea.Cmd{p.again()}
	if st.err != nil {
		cmds = append(cmds, ui.Fail(st.err))
	}
	if st.target != nil && !st.target.written {
		cmds = append(cmds, ui.Note("The prompt of "+text.Clip(st.target.String(), 80)+" is no text but another value; write one here."))
	}
	return tea.Batch(cmds...)
}

// again works out anew what would be sent and what the prompt renders as.
func (p *pad) again() tea.Cmd { return tea.Batch(p.resolve(), p.renderNow()) }

func (p *pad) resolve() tea.Cmd { return p.resolver.load(p.s.env, p.s.query(p.target)) }

// from asks for a step to start from.
func (p *pad) from() tea.Cmd {
	choose := func() tea.Cmd {
		return p.s.withTargets(func() tea.Cmd {
			return p.s.chooseTarget(choosing{title: "Start from the prompt of which step?", at: p.target, then: func(t *target) tea.Cmd {
				if t == nil {
					return nil
				}
				return p.start(t)
			}})
		})
	}
	if !p.dirty {
		return choose()
	}
	return ui.Open(dialog.Confirm(p.s.env, dialog.ConfirmOptions{Title: "Replace the prompt?", Text: "The prompt of the scratchpad was changed and not saved. Another one takes its place.", Yes: "replace it",
		Do: func() tea.Cmd { return ui.Send(doMsg{choose}) }}))
}

// use takes a record.
func (p *pad) use(objectType, id, name string) tea.Cmd {
	p.objectType, p.recordID, p.recordName = objectType, id, name
	var note tea.Cmd
	if t := p.target; t != nil && t.objectType != objectType {
		p.target, p.source = nil, ""
		note = ui.Note(text.Clip(t.workflow, 60) + " is about " + t.objectType + " records; the prompt stands on its own now.")
	}
	return tea.Batch(note, p.again())
}

// request is what is rendered or asked.
func (p *pad) request() service.TryRequest {
	c := p.s.settings.chosen
	return service.TryRequest{SettingsQuery: p.s.query(p.target), ObjectType: p.objectType, RecordID: p.recordID, Prompt: p.editor.Value(), Answers: c.Answers, MaxCost: c.MaxCost}
}

// chooseToken asks for a data token: one that the step can use, or a property of the record.
func (p *pad) chooseToken() tea.Cmd {
	svc, t, objectType, id := p.s.env.Services, p.target, p.objectType, p.recordID
	return ui.Load(p.s.env, &p.tokens, func(ctx context.Context) ([]service.TokenChoice, error) {
		if t != nil {
			return svc.Workflows.Tokens(ctx, t.file, t.id)
		}
		return recordTokens(ctx, svc.Records, objectType, id)
	})
}

func recordTokens(ctx context.Context, svc service.Records, objectType, id string) ([]service.TokenChoice, error) {
	columns, err := svc.Columns(ctx, objectType)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	if id != "" {
		if view, err := svc.Record(ctx, objectType, id); err == nil { // samples only
			for _, v := range view.Properties {
				values[v.Property.Name] = clip(v.Value, 200)
			}
		}
	}
	out := []service.TokenChoice{}
	for _, c := range columns {
		label := c.Label
		if label == "" {
			label = c.Name
		}
		out = append(out, service.TokenChoice{Token: "{{ enrolled_object." + c.Name + " }}", Label: label, Group: objectType, Sample: strings.ToValidUTF8(values[c.Name], "")})
	}
	return out, nil
}

func (p *pad) tookTokens(msg ui.Loaded[[]service.TokenChoice]) tea.Cmd {
	if msg.Of != &p.tokens || !p.tokens.Take(msg.N) {
		return nil
	}
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	if len(msg.Value) == 0 {
		return ui.Note("There are no data tokens to choose from: the portal has no records of this type.")
	}
	return ui.Open(dialog.Tokens(p.s.env, msg.Value, func(token string) tea.Cmd { return ui.Send(insertMsg{token}) }))
}

// insert puts a data token in at the cursor.
func (p *pad) insert(token string) tea.Cmd {
	p.editor.InsertWord(token)
	p.typing = true
	return p.edited()
}

// edited follows a change of the prompt.
func (p *pad) edited() tea.Cmd {
	p.results.tab = tabRendered
	return p.renderNow()
}

// save shows what writing the prompt into a step changes.
func (p *pad) save() tea.Cmd {
	prompt := p.editor.Value()
	into := func(t *target) tea.Cmd {
		if t == nil {
			return nil
		}
		return p.s.propose(t, []service.Edit{{Kind: service.EditSetField, Step: t.step, Field: "prompt", Value: prompt}}, thePrompt)
	}
	if p.target != nil {
		return into(p.target)
	}
	return p.s.withTargets(func() tea.Cmd {
		return p.s.chooseTarget(choosing{title: "Write the prompt into which step?", then: into})
	})
}

const thePrompt = "the prompt"

// saved takes note of a prompt that was written.
func (p *pad) saved(w *proposed) {
	if w.what != thePrompt || len(w.edits) == 0 {
		return
	}
	if p.target == nil && w.target.objectType == p.objectType {
		p.target = w.target
	}
	if p.target != nil && p.target.file == w.target.file && p.target.id == w.target.id {
		p.source = w.edits[0].Value
		p.dirty = p.editor.Value() != p.source
	}
}

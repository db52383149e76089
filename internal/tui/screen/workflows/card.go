package workflows

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/token"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// cardInput is what a card's text is made of.
type cardInput struct {
	th     *theme.Theme
	data   *flowData
	action *flow.Action // nil for the triggers
	people []hubspot.User
	lit    *litPath
	ask    *service.Resolution // what would be sent, of an asking action
	askErr error
}

// readCard makes the text of the card under the cursor, outside of Update: a prompt may be long.
func (o *opened) readCard() tea.Cmd {
	if o.flow() == nil {
		return nil
	}
	in := &cardInput{th: o.s.env.Theme, data: o.data, action: o.action(), people: o.s.env.Portal.Users, lit: o.path.lit}
	services, query := o.s.env.Services, o.settingsQuery(in.action)
	at := o.at
	return ui.Load(o.s.env, &o.card.loader, func(ctx context.Context) (*cardText, error) {
		if query != nil && services.Assistants != nil {
			in.ask, in.askErr = services.Assistants.Resolve(ctx, *query)
		}
		d := in.draw().Doc
		return &cardText{at, d, d.Sheet()}, ctx.Err()
	})
}

// settingsQuery asks what would be sent by an asking action with what is chosen for the next run; nil for other actions.
func (o *opened) settingsQuery(a *flow.Action) *service.SettingsQuery {
	if a == nil || !o.data.kinds.IsOpenAI(a) {
		return nil
	}
	chosen := o.s.env.Settings
	return &service.SettingsQuery{File: o.file, Step: a.ID, Assistant: chosen.Assistant, Model: chosen.Model, Temperature: chosen.Temperature, ReasoningEffort: chosen.ReasoningEffort}
}

// cardText is what the card of an action shows.
type cardText struct {
	at   string
	doc  *widget.Doc
	text *widget.Sheet
}

// takeCard shows the text of a card. A text that is the same, in the same colours, stays where it was scrolled to.
func (o *opened) takeCard(msg ui.Loaded[*cardText]) tea.Cmd {
	if msg.Of != &o.card.loader || !o.card.loader.Take(msg.N) {
		return nil
	}
	if o.card.err = msg.Err; msg.Err != nil {
		return nil
	}
	switch now := o.card.shown; {
	case now == nil || now.at != msg.Value.at || now.text.Raw() != msg.Value.text.Raw():
		o.card.shown = msg.Value
	case o.card.repaint:
		now.text.Repaint(msg.Value.doc)
	}
	o.card.repaint = false
	return nil
}

func (c *cardInput) draw() *doc {
	d := newDoc(c.th)
	d.spell = c.data.spell
	if c.action == nil {
		c.enrollment(d)
	} else {
		c.actionCard(d)
	}
	return d
}

func (c *cardInput) actionCard(d *doc) {
	a, kind := c.action, c.data.kinds.Of(c.action)
	d.Line(c.th.Heading, kind.Label)
	about := "action " + a.ID
	if a.Name != "" {
		about = a.Name + " · " + about
	}
	if a.Type == flow.SingleConnection {
		about += " · type " + a.TypeID
	}
	d.Line(c.th.Faint, about)
	if !kind.Emulated {
		d.Line(c.th.Warn, "! It is skipped in a rehearsal: "+kind.WhyNot+".")
	}
	c.problems(d)
	c.happened(d)
	c.fields(d)
	c.sent(d)
	c.arms(d)
	c.offers(d, kind)
}

// fields are the action's fields in the kind's order, then those that are not known.
func (c *cardInput) fields(d *doc) {
	a := c.action
	if a.Type == flow.StaticBranchType && a.Input != nil {
		d.Head("Branches on")
		d.Text("  ")
		c.value(d, a.Input.Node, "")
		d.Newline()
		return
	}
	if a.Fields == nil || len(a.Fields.Members) == 0 {
		return
	}
	d.Head("Fields")
	width := 0
	for _, m := range a.Fields.Members {
		width = max(width, min(len([]rune(m.Key)), 24))
	}
	done := map[string]bool{}
	show := func(name string, n *source.Node) {
		if n == nil || n.Kind == source.Null || done[name] {
			return
		}
		done[name] = true
		if n.Kind == source.String && (strings.ContainsAny(n.Text, "\n{") || len(n.Text) > 40) {
			d.Line(c.th.Faint, "  "+name)
			d.Text("    ")
			d.template(strings.TrimRight(n.Text, "\n"), "    ")
			d.Newline()
			return
		}
		d.label(name, width)
		c.value(d, n, name)
		d.Newline()
	}
	for _, name := range c.data.kinds.Of(a).Fields {
		show(name, a.Fields.Get(name))
	}
	for _, m := range a.Fields.Members {
		show(m.Key, m.Value)
	}
}

// sent says what the action would send, with what the workflow leaves open filled in.
func (c *cardInput) sent(d *doc) {
	if c.askErr != nil {
		e := service.AsError(c.askErr)
		d.Head("Asks")
		d.Line(c.th.Bad, "  ✗ "+e.Message)
		if e.Hint != "" {
			d.Line(c.th.Faint, "    "+e.Hint)
		}
	}
	r := c.ask
	if r == nil {
		return
	}
	d.Head("Asks")
	if r.Refused != nil {
		d.Line(c.th.Bad, "  ✗ "+r.Refused.Message)
		if r.Refused.Hint != "" {
			d.Line(c.th.Faint, "    "+r.Refused.Hint)
		}
		return
	}
	d.label("assistant", 11)
	d.Put(c.th.Value, r.Assistant)
	if name := c.data.names[r.Assistant]; name != "" && name != r.Assistant {
		d.Put(c.th.Faint, "  "+name)
	}
	d.Newline()
	d.label("model", 11)
	d.Line(c.th.Value, r.Model)
	d.label("temperature", 11)
	switch {
	case r.Temperature != nil:
		d.Line(c.th.Value, strconv.FormatFloat(*r.Temperature, 'f', -1, 64))
	case r.NoTemperature != "":
		d.Line(c.th.Faint, "none: "+r.NoTemperature)
	default:
		d.Line(c.th.Faint, "the model's own")
	}
	d.label("effort", 11)
	if r.ReasoningEffort != "" {
		d.Line(c.th.Value, r.ReasoningEffort)
	} else {
		d.Line(c.th.Faint, "the model's own")
	}
	for _, w := range r.Warnings {
		d.Line(c.th.Warn, "  ! "+w)
	}
}

// arms are where the action leads, with the conditions of each arm.
func (c *cardInput) arms(d *doc) {
	a := c.action
	edges := a.Edges()
	if len(a.ListBranches)+len(a.StaticBranches)+len(a.TestBranches) == 0 {
		d.Head("Then")
		if len(edges) == 0 {
			d.Line(c.th.Faint, "  the workflow ends here")
		}
		for _, e := range edges {
			c.edge(d, "  → ", e.Connection)
		}
		return
	}
	d.Head("Arms")
	for _, b := range a.ListBranches {
		d.Line(c.th.Strong, "  "+b.Name)
		for _, s := range flowdraw.Sentences(b.Filter) {
			d.Line(c.th.Text, "    "+s)
		}
		c.edge(d, "    → ", b.Connection)
	}
	for _, b := range a.StaticBranches {
		d.Line(c.th.Strong, "  "+b.Value)
		c.edge(d, "    → ", b.Connection)
	}
	for i, b := range a.TestBranches {
		name := flow.TestArm(i)
		if b.Percentage >= 0 {
			name += fmt.Sprintf(" (%d%%)", b.Percentage)
		}
		d.Line(c.th.Strong, "  "+name)
		c.edge(d, "    → ", b.Connection)
	}
	if len(a.TestBranches) == 0 {
		d.Line(c.th.Strong, "  "+a.DefaultArm())
		c.edge(d, "    → ", a.DefaultBranch)
	}
}

func (c *cardInput) edge(d *doc, lead string, to *flow.Connection) {
	d.Put(c.th.Faint, lead)
	switch {
	case to == nil:
		d.Line(c.th.Faint, "the workflow ends here")
	case c.data.wf.Flow.Action(to.NextID) == nil:
		d.Line(c.th.Bad, "✗ action "+to.NextID+", which does not exist")
	default:
		name := c.data.nameOf(c.data.wf.Flow.Action(to.NextID))
		if to.EdgeType == flow.EdgeGoto {
			name = "↩ go to " + name
		}
		d.Line(c.th.Text, name)
	}
}

// offers are the outputs that later actions can use, the tokens that give them, and who uses them.
func (c *cardInput) offers(d *doc, kind flow.Kind) {
	a := c.action
	if tokens := c.data.tokens(a); len(tokens) > 0 {
		d.Head("Offers to later actions")
		for i, t := range tokens {
			d.Text("  ")
			d.Put(c.th.Token, t)
			switch {
			case i == len(tokens)-1:
				d.Put(c.th.Faint, "  SUCCESS or FAIL_CONTINUE")
			case c.data.kinds.IsOpenAI(a) && i == 0:
				d.Put(c.th.Faint, "  Response")
			}
			d.Newline()
		}
	}
	uses := c.data.uses[a.ID]
	if len(uses) == 0 {
		if len(kind.Outputs) > 0 {
			d.Head("Used by")
			d.Line(c.th.Faint, "  no action yet")
		}
		return
	}
	d.Head("Used by")
	const most = 50
	for i, u := range uses {
		if i == most {
			d.Line(c.th.Faint, fmt.Sprintf("  and %d more", len(uses)-most))
			break
		}
		d.Put(c.th.Text, "  "+c.data.nameOf(c.data.wf.Flow.Action(u.by)))
		d.Line(c.th.Faint, "  "+u.output+" in "+u.field)
	}
}

// tokens are the data tokens of an action's outputs, the execution state last; none for branches.
func (d *flowData) tokens(a *flow.Action) []string {
	if a == nil || a.Type == flow.ListBranchType || a.Type == flow.StaticBranchType || a.Type == flow.ABTestBranch {
		return nil
	}
	var out []string
	for _, o := range append(append([]string(nil), d.kinds.Of(a).Outputs...), flow.ExecutionState) {
		out = append(out, d.spell(token.Ref{Kind: token.ActionOutput, Name: a.ID, Property: o}))
	}
	return out
}

// spell writes a data token as the file does: outputs by the action's name where it has one, which only the YAML form knows.
func (d *flowData) spell(r token.Ref) string {
	if r.Kind == token.ActionOutput && !strings.EqualFold(path.Ext(d.wf.Item.File), ".json") {
		if a := d.wf.Flow.ActionByName(r.Name); a != nil && a.Name != "" {
			r.Name = a.Name
		}
	}
	return r.String()
}

// happened is what the record whose path is lit came to here.
func (c *cardInput) happened(d *doc) {
	if c.lit == nil || c.lit.none {
		return
	}
	d.Head("In run " + c.lit.run + ", " + litName(c.lit))
	step := c.lit.steps[c.action.ID]
	if step == nil {
		d.Line(c.th.Faint, "  it did not come here")
		return
	}
	style, sign := c.th.Good, "✓ "
	switch step.State {
	case run.FailContinue, run.Blocked:
		style, sign = c.th.Bad, "✗ "
	case run.Skipped:
		style, sign = c.th.Faint, "○ "
	}
	d.Put(style, "  "+sign+string(step.State))
	if step.Branch != nil {
		d.Put(c.th.Text, "  took "+*step.Branch)
	}
	d.Newline()
	if step.Error != nil {
		d.Line(c.th.Bad, "  "+step.Error.Message)
	}
	if step.Reason != "" {
		d.Line(c.th.Faint, "  "+step.Reason)
	}
	if step.Ask != nil && step.Ask.Response != nil {
		const most = 300 // the run has all of it
		answer := *step.Ask.Response
		if len(answer) > most {
			answer = strings.ToValidUTF8(answer[:most], "") + " …"
		}
		d.Text("  ")
		d.Lines(c.th.Value, answer, "  ")
		d.Newline()
	}
}

// litName names the record whose path is lit.
func litName(p *litPath) string {
	if p.record.Name != "" {
		return p.record.Name
	}
	return p.record.ObjectType + " " + p.record.ID
}

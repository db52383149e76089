package records

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// The detail's tabs.
const (
	tabProperties = iota
	tabWhy
	tabAssociated
)

// detail is the record under the cursor.
type detail struct {
	tabs          widget.Tabs
	text          *widget.Text
	id, at        string // the record that view and why are of
	view          *service.RecordView
	why           []*service.Explanation
	err           error
	drawn         string // what the text was drawn of
	width, height int    // of the whole body at the last View
}

func (d *detail) init() {
	d.tabs = widget.Tabs{Titles: []string{"Properties", "Would it enroll?", "Associated"}}
	d.text = widget.NewText()
}

// void makes the detail be drawn anew.
func (s *Screen) void() { s.detail.drawn = "" }

// follow loads what the detail shows of the record under the cursor, when it is another one.
func (s *Screen) follow() tea.Cmd {
	r, ok := s.table.Selected()
	d := &s.detail
	if !ok {
		d.id, d.view, d.why, d.err = "", nil, nil, nil
		return nil
	}
	if d.id == r.rec.ID && d.at == s.at && (d.view == nil || d.view.Record == nil || d.view.Record.Line == r.rec.Line) {
		return nil
	}
	d.id, d.at, d.view, d.why, d.err, d.drawn = r.rec.ID, s.at, nil, nil, nil, ""
	records, at, id := s.env.Services.Records, s.at, r.rec.ID
	return tea.Batch(
		ui.Load(s.env, &s.loads.view, func(ctx context.Context) (*service.RecordView, error) { return records.Record(ctx, at, id) }),
		ui.Load(s.env, &s.loads.why, func(ctx context.Context) ([]*service.Explanation, error) { return records.Explain(ctx, at, id) }))
}

func (s *Screen) viewed(msg ui.Loaded[*service.RecordView]) tea.Cmd {
	if s.loads.view.Take(msg.N) {
		s.detail.view, s.detail.drawn = msg.Value, ""
		if msg.Err != nil {
			s.detail.err = msg.Err
		}
	}
	return nil
}

func (s *Screen) explained(msg ui.Loaded[[]*service.Explanation]) tea.Cmd {
	if s.loads.why.Take(msg.N) {
		s.detail.why, s.detail.drawn = msg.Value, ""
		if msg.Err != nil {
			s.detail.err = msg.Err
		}
	}
	return nil
}

// View draws the records and the one under the cursor.
func (s *Screen) View(width, height int) string {
	s.detail.width, s.detail.height = width, height
	list := func(w, h int) string {
		return widget.Pane(s.env, s.title(), s.list(w-2, h-2), w, h, s.split.Focus == 0)
	}
	return s.split.View(s.env, width, height, list, s.record)
}

func (s *Screen) title() string {
	o := s.object()
	if o == nil {
		return "Records"
	}
	title := o.Type.Plural
	if o.Count >= 0 {
		title = report.Count(o.Count, o.Type.Plural)
	}
	if marked := len(s.table.Marked()); marked > 0 {
		title += fmt.Sprintf(", %d marked", marked)
	}
	return title
}

func (s *Screen) list(w, h int) string {
	lines := []string{s.objectLine(w)}
	if s.filter.Visible() {
		lines = append(lines, s.filter.View(s.env, w))
	}
	if s.err != nil {
		e := service.AsError(s.err)
		for _, l := range text.Wrap(strings.TrimSpace(e.Message+" "+e.Hint), max(1, w-2)) {
			lines = append(lines, s.env.Theme.Bad.Render(" "+l))
		}
	}
	s.table.Columns = s.tableColumns()
	s.table.Empty = s.nothing()
	return strings.Join(append(lines, s.table.View(s.env, w, h-len(lines), s.split.Focus == 0)), "\n")
}

// objectLine lists the object types; left and right turn.
func (s *Screen) objectLine(w int) string {
	var b strings.Builder
	for _, o := range s.objects {
		if o.Type.Name == s.at {
			b.WriteString(s.env.Theme.Heading.Render("‹" + text.Safe(o.Type.Plural) + "›"))
		} else {
			b.WriteString(s.env.Theme.Faint.Render(" " + text.Safe(o.Type.Plural) + " "))
		}
		b.WriteString(" ")
	}
	return text.Cut(" "+b.String(), w)
}

func (s *Screen) nothing() string {
	switch {
	case s.loads.page.Busy() && s.searched > 0:
		return fmt.Sprintf("Looked through %s so far. Esc stops.", report.Count(s.searched, "records"))
	case s.filter.Active() != "":
		return "No record is like that. Words match any value; field:value looks at one property. X takes the filter away."
	case s.err != nil:
		return ""
	case len(s.objects) == 0:
		return "There are no records yet. Put an export from HubSpot into the portal's folder records: contacts.csv, companies.csv, …"
	}
	return "There are no records of this kind."
}

// shownColumns are the properties that stand in columns.
func (s *Screen) shownColumns() []hubspot.Property {
	if picked, ok := s.picked[s.at]; ok {
		return picked
	}
	var out []hubspot.Property
	for _, name := range []string{"email", "company", "lifecyclestage", "state", "domain", "industry", "dealstage", "amount", "hs_pipeline_stage", "subject"} {
		for _, p := range s.columns {
			if p.Name == name {
				out = append(out, p)
			}
		}
	}
	for _, p := range s.columns {
		known := slices.ContainsFunc(out, func(c hubspot.Property) bool { return c.Name == p.Name })
		if len(out) < 3 && !known && !slices.Contains([]string{"hs_object_id", "firstname", "lastname", "name", "dealname"}, p.Name) {
			out = append(out, p)
		}
	}
	return out
}

func (s *Screen) tableColumns() []widget.Column {
	out := []widget.Column{{Title: "ID", Width: 6, Grow: 1}, {Title: "Name", Width: 12, Grow: 3}}
	for i, p := range s.shownColumns() {
		c := widget.Column{Title: text.Clip(p.Label, 24), Width: 10, Grow: 2, Drop: i + 1}
		if p.Name == "email" || p.Name == "domain" {
			c.Width, c.Grow = 18, 3
		}
		out = append(out, c)
	}
	return out
}

func (s *Screen) cells(r row) []widget.Cell {
	th := s.env.Theme
	out := []widget.Cell{{Text: r.rec.ID, Style: th.Faint}, {Text: r.rec.Name(), Style: th.Text}}
	for _, p := range s.shownColumns() {
		out = append(out, widget.Cell{Text: r.rec.Get(p.Name), Style: th.Text})
	}
	return out
}

// record draws the record under the cursor.
func (s *Screen) record(w, h int) string {
	title := ""
	if r, ok := s.table.Selected(); ok {
		title = r.name()
	}
	focused := s.split.Focus == 1
	s.draw(w - 4)
	body := " " + s.detail.tabs.View(s.env, w-3) + "\n\n " + strings.ReplaceAll(s.detail.text.View(s.env, w-4, h-4, focused), "\n", "\n ")
	if title == "" {
		body = ""
	}
	return widget.Pane(s.env, title, body, w, h, focused)
}

func (s *Screen) draw(w int) {
	d := &s.detail
	now := fmt.Sprint(w, d.tabs.At, d.at, d.id, s.empty)
	if now == d.drawn {
		return
	}
	d.drawn = now
	var lines []string
	if d.err != nil {
		for _, l := range text.Wrap(service.AsError(d.err).Message, w) {
			lines = append(lines, s.env.Theme.Bad.Render(l))
		}
	}
	switch d.tabs.At {
	case tabProperties:
		lines = append(lines, s.properties(w)...)
	case tabWhy:
		lines = append(lines, s.reasons(w)...)
	default:
		lines = append(lines, s.associated(w)...)
	}
	d.text.SetDrawn(lines)
}

func (s *Screen) properties(w int) []string {
	if s.detail.view == nil {
		return s.waiting()
	}
	var fields []widget.Field
	hidden := 0
	for _, p := range s.detail.view.Properties {
		if p.Value == "" && !s.empty {
			hidden++
			continue
		}
		label := p.Property.Label
		if label != p.Property.Name {
			label += " (" + p.Property.Name + ")"
		}
		fields = append(fields, widget.Field{Label: text.Clip(label, max(12, w*2/5)), Value: p.Value, Style: s.env.Theme.Value})
	}
	lines := widget.Fields(s.env, fields, w)
	if hidden > 0 {
		lines = append(lines, "", s.env.Theme.Faint.Render(text.Cut(report.Count(int64(hidden), "properties")+" without a value: i shows them", w)))
	}
	return lines
}

func (s *Screen) waiting() []string {
	if s.detail.err != nil {
		return nil
	}
	return []string{s.env.Theme.Faint.Render("Loading …")}
}

func (s *Screen) associated(w int) []string {
	v := s.detail.view
	if v == nil {
		return s.waiting()
	}
	if len(v.Associations) == 0 {
		return []string{s.env.Theme.Faint.Render("It is associated with nothing.")}
	}
	var fields []widget.Field
	for _, a := range v.Associations {
		value := strings.TrimSpace(a.ID + " " + a.Name)
		if a.Label != "" {
			value += " · " + a.Label
		}
		if a.Missing {
			value += " (not in the portal)"
		}
		fields = append(fields, widget.Field{Label: a.ObjectType, Value: value})
	}
	return append(widget.Fields(s.env, fields, w), "", s.env.Theme.Faint.Render("Enter goes there."))
}

// triggers is the section whose conditions let a record in. What the others name keeps it out: suppression lists, the goal.
const triggers = "enrollment triggers"

// section says of one part of what decides what holds. A tick stands where a trigger holds; of what keeps records out, only
// whether it does.
func (s *Screen) section(part service.ExplainSection, wrap func(lead string, indent int, said string, paint func(...string) string)) {
	th := s.env.Theme
	switch {
	case part.Title == triggers:
		wrap("", 2, part.Title, th.Strong.Render)
	case part.OK:
		wrap("✓ ", 2, part.Title+": does not keep it out", th.Good.Render)
	default:
		wrap("✗ ", 2, part.Title+": keeps it out", th.Bad.Render)
	}
	for g, group := range part.Groups {
		if g > 0 {
			wrap("", 4, "or", th.Faint.Render)
		}
		for _, c := range group {
			switch {
			case c.Unknown:
				wrap("? ", 4, c.Sentence, th.Warn.Render)
			case part.Title != triggers:
				wrap("· ", 4, c.Sentence, th.Text.Render)
			case c.OK:
				wrap("✓ ", 4, c.Sentence, th.Good.Render)
			default:
				wrap("✗ ", 4, c.Sentence, th.Bad.Render)
			}
		}
	}
}

// reasons says for every workflow, condition by condition, whether it would enroll the record.
func (s *Screen) reasons(w int) []string {
	th := s.env.Theme
	if s.detail.why == nil {
		return s.waiting()
	}
	if len(s.detail.why) == 0 {
		return []string{th.Faint.Render("No workflow enrolls records of this kind.")}
	}
	var lines []string
	wrap := func(lead string, indent int, said string, paint func(...string) string) {
		for i, l := range text.Wrap(said, max(1, w-indent-text.Width(lead))) {
			if i > 0 {
				lead = strings.Repeat(" ", text.Width(lead))
			}
			lines = append(lines, strings.Repeat(" ", indent)+paint(lead+l))
		}
	}
	for _, e := range s.detail.why {
		if e.Enrolls {
			wrap("✓ ", 0, e.Name+": would enroll", th.Good.Render)
		} else {
			wrap("✗ ", 0, e.Name+": would not enroll", th.Bad.Render)
		}
		if e.Problem != "" {
			wrap("", 2, e.Problem, th.Warn.Render)
		}
		if len(e.Sections) == 0 && e.Reason != "" {
			wrap("", 2, e.Reason, th.Text.Render)
		}
		for _, part := range e.Sections {
			s.section(part, wrap)
		}
		lines = append(lines, "")
	}
	return append(lines, th.Faint.Render("Enter goes to a workflow."))
}

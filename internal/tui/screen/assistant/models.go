package assistant

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// modelLevel is the table of models.
type modelLevel struct {
	s      *Screen
	all    []*service.Model
	table  widget.Table[*service.Model]
	filter widget.Filter
	split  widget.Split
	above  int // lines of the pane above the table's head
	area   widget.Area
}

func newModelLevel(s *Screen) modelLevel {
	return modelLevel{s: s, split: widget.Split{Ratio: 66}, table: widget.Table[*service.Model]{Columns: modelColumns(), Cells: s.modelCells, Key: func(m *service.Model) string { return m.ID },
		Empty: "No model matches the filter. f switches it off, esc takes it away."}}
}

func modelColumns() []widget.Column {
	return []widget.Column{{Title: "", Width: 1}, {Title: "Model", Width: 13, Grow: 1}, {Title: "In $", Width: 6, Right: true}, {Title: "Cached", Width: 6, Right: true, Drop: 4},
		{Title: "Out $", Width: 6, Right: true}, {Title: "Ctx", Width: 5, Right: true, Drop: 3}, {Title: "Temp", Width: 9}, {Title: "Efforts", Width: 18, Grow: 1, Drop: 6}, {Title: "Off", Width: 15}, {Title: "Use", Width: 11, Drop: 5}}
}

func (s *Screen) modelCells(m *service.Model) []widget.Cell {
	th := s.env.Theme
	sign := widget.Cell{Text: " ", Style: th.Text}
	style := th.Text
	why, bad := s.unusable(m)
	switch {
	case m.ID == s.settings.chosen.Model:
		sign = widget.Cell{Text: "✓", Style: th.Accent}
	case bad:
		sign, style = widget.Cell{Text: "✗", Style: th.Bad}, th.Faint
	case why != "":
		sign = widget.Cell{Text: "!", Style: th.Warn}
	}
	off := widget.Cell{Text: s.offOn(m), Style: th.Faint}
	if why != "" && m.Shutdown != "" {
		off.Style = th.Warn
	}
	cell := func(s string) widget.Cell { return widget.Cell{Text: s, Style: style} }
	return []widget.Cell{sign, cell(m.ID), cell(price(m.InputUSD)), {Text: price(m.CachedUSD), Style: th.Faint}, cell(price(m.OutputUSD)), cell(tokens(m.Context)),
		{Text: takes(m), Style: style}, {Text: efforts(m), Style: th.Faint}, off, {Text: usable(m), Style: th.Faint}}
}

// unusable says why a model cannot be asked, or, where bad is false, not for long.
func (s *Screen) unusable(m *service.Model) (why string, bad bool) {
	switch {
	case m.Gone:
		return "switched off", true
	case !m.Allowed:
		return "not allowed by portal.yaml", true
	case m.Offered != nil && !*m.Offered:
		return "not offered by the account", true
	}
	if left, known := daysLeft(m, s.env.Now()); known && left <= soon {
		return "switched off soon", false
	}
	return "", false
}

// offOn is the day on which a model is switched off.
func (s *Screen) offOn(m *service.Model) string {
	left, known := daysLeft(m, s.env.Now())
	switch {
	case m.Gone:
		return "gone " + m.Shutdown
	case !known:
		return m.Shutdown
	}
	return fmt.Sprintf("%s %3dd", m.Shutdown, left)
}

func usable(m *service.Model) string {
	switch {
	case !m.Allowed:
		return "not allowed"
	case m.Offered == nil:
		return "allowed"
	case *m.Offered:
		return "offered"
	}
	return "not offered"
}

func price(usd string) string {
	if usd == "" {
		return "?"
	}
	return usd
}

// tokens writes a number of tokens in short: 128k, 1.05M.
func tokens(n int) string {
	switch {
	case n <= 0:
		return "?"
	case n >= 1_000_000:
		return strconv.FormatFloat(math.Round(float64(n)/10_000)/100, 'f', -1, 64) + "M"
	case n >= 1000:
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n)
}

// takes says whether a model takes a temperature.
func takes(m *service.Model) string {
	switch m.Temperature {
	case "always":
		return "yes"
	case "never":
		return "no"
	case "with_none":
		return "with none"
	}
	return "?"
}

// efforts lists a model's reasoning efforts, * at the one that it uses when none is sent.
func efforts(m *service.Model) string {
	out := make([]string, 0, len(m.Efforts))
	for _, e := range m.Efforts {
		if e == m.DefaultEffort {
			e += "*"
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, " ")
}

// modelFields are what is known of a model.
func modelFields(env *ui.Env, m *service.Model) []widget.Field {
	th := env.Theme
	field := func(label, value string) widget.Field {
		return widget.Field{Label: label, Value: clip(value, 1000), Style: th.Text}
	}
	cost := fmt.Sprintf("$%s in, $%s cached, $%s out, for a million tokens", price(m.InputUSD), price(m.CachedUSD), price(m.OutputUSD))
	if m.InputUSD == "" {
		cost = "not known"
	}
	size := tokens(m.Context) + " tokens"
	if m.MaxOutput > 0 {
		size += ", answers of " + tokens(m.MaxOutput)
	}
	temperature := map[string]string{"always": "0 to 2", "never": "takes none", "with_none": "only with reasoning effort none", "": "not known"}[m.Temperature]
	effort := "takes none"
	if len(m.Efforts) > 0 {
		effort = strings.Join(m.Efforts, ", ")
		if m.DefaultEffort != "" {
			effort += " (unset means " + m.DefaultEffort + ")"
		}
	}
	off := "no day is announced"
	if m.Shutdown != "" {
		off = "on " + m.Shutdown
		if left, known := daysLeft(m, env.Now()); m.Gone {
			off = "✗ since " + m.Shutdown
		} else if known {
			off += ", in " + report.Count(int64(left), "days")
		}
	}
	use := map[bool]string{true: "allowed by the portal", false: "✗ not allowed by portal.yaml"}[m.Allowed]
	switch {
	case m.Offered == nil:
		use += "; the account's list is not known"
	case *m.Offered:
		use += ", offered by the account"
	default:
		use += ", ✗ not offered by the account"
	}
	out := []widget.Field{field("Temperature", temperature), field("Efforts", effort), field("Switched off", off), field("Price", cost), field("Context", size), field("Use", use)}
	if m.Note != "" {
		out = append(out, field("Note", m.Note))
	}
	if m.AsOf != "" {
		out = append(out, field("As of", m.AsOf))
	}
	return out
}

func (s *Screen) openModels() tea.Cmd {
	s.level = levelModels
	now := s.settings.chosen.Model
	if now == "" && s.form.resolver.now != nil {
		now = s.form.resolver.now.own.Model
	}
	if s.models.table.Cursor() == 0 {
		s.models.table.Select(now)
	}
	return nil
}

func (m *modelLevel) set(all []*service.Model) {
	m.all = all
	m.refilter()
}

// refilter shows the models that the filter lets through.
func (m *modelLevel) refilter() {
	list, words := m.all, strings.Fields(strings.ToLower(m.filter.Active()))
	if len(words) > 0 {
		list = nil
		for _, one := range m.all {
			if modelMatches(one, words) {
				list = append(list, one)
			}
		}
	}
	m.table.Set(list, false, false)
}

func modelMatches(m *service.Model, words []string) bool {
	gone := ""
	if m.Gone {
		gone = " gone"
	}
	fields := map[string]string{"model": strings.ToLower(m.ID), "effort": efforts(m), "temp": takes(m), "use": usable(m)}
	all := strings.ToLower(m.ID+" "+m.Name) + " " + efforts(m) + " " + usable(m) + gone
	for _, w := range words {
		field, value, named := strings.Cut(w, ":")
		hay, known := fields[field]
		if !named || !known {
			hay, value = all, w
		}
		if named && field == "temp" { // "no" is not "with none"
			if !strings.HasPrefix(hay, value) && !slices.Contains(strings.Fields(hay), value) {
				return false
			}
			continue
		}
		if !strings.Contains(hay, value) {
			return false
		}
	}
	return true
}

func (m *modelLevel) unfilter() bool {
	if !m.filter.Visible() {
		return false
	}
	m.filter.Clear()
	m.refilter()
	return true
}

func (m *modelLevel) bindings() []ui.Binding {
	none := ""
	if m.table.Len() == 0 {
		none = "There is no model under the cursor."
	}
	own := ""
	if m.s.settings.chosen.Model == "" {
		own = "No model is chosen; it is left to the workflow and the assistant already."
	}
	return []ui.Binding{ui.When("assistant.choose", none, m.choose), ui.When("assistant.own", own, func() tea.Cmd { return m.take("") })}
}

func (m *modelLevel) choose() tea.Cmd {
	one, ok := m.table.Selected()
	if !ok {
		return nil
	}
	return m.take(one.ID)
}

// take uses a model for the next run and goes back to where it was asked for.
func (m *modelLevel) take(id string) tea.Cmd {
	m.s.level = levelMain
	m.unfilter()
	return m.s.choose(func(c *ui.Settings) { c.Model = id })
}

func (m *modelLevel) press(msg tea.KeyPressMsg) tea.Cmd {
	if changed, taken := m.filter.Press(m.s.env, msg); taken || m.filter.Editing {
		if changed {
			m.refilter()
		}
		return nil
	}
	if cmd, taken := m.split.Press(m.s.env, msg); taken {
		return cmd
	}
	cmd, _ := m.table.Press(m.s.env, msg)
	return cmd
}

func (m *modelLevel) click(msg ui.Click) tea.Cmd {
	if m.area.Contains(msg.X, msg.Y) && m.table.Click(msg.Y-m.area.Y-1-m.above) && msg.Double {
		return m.choose()
	}
	return nil
}

func (m *modelLevel) view(width, height int) string {
	env := m.s.env
	return m.split.View(env, width, height, func(w, h int) string {
		m.area = widget.Area{W: w, H: h}
		var above []string
		if m.filter.Visible() {
			above = append(above, m.filter.View(env, max(1, w-2)))
		}
		m.above = len(above)
		title := fmt.Sprintf("Models %d", m.table.Len())
		if m.s.catalog == nil {
			m.table.Wait()
		}
		if m.s.err != nil && len(m.all) == 0 {
			above = append(above, sentence(env.Theme.Bad, "✗ ", errorText(m.s.err), max(1, w-2))...)
		}
		body := append(above, m.table.View(env, max(1, w-2), max(0, h-2-len(above)), true))
		return widget.Pane(env, title+" · dollars for a million tokens", strings.Join(body, "\n"), w, h, true)
	}, func(w, h int) string {
		one, ok := m.table.Selected()
		if !ok {
			return widget.Pane(env, "Model", "", w, h, false)
		}
		return widget.Pane(env, one.ID, strings.Join(indent(widget.Fields(env, modelFields(env, one), max(1, w-4))), "\n"), w, h, false)
	})
}

package account

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

func (s *Screen) initModels() {
	s.models = widget.Table[*service.Model]{
		Columns: []widget.Column{
			{Title: "Model", Width: 16, Grow: 1},
			{Title: "May be used", Width: 14, Drop: 2},
			{Title: "In $/M", Width: 7, Right: true},
			{Title: "Out $/M", Width: 7, Right: true},
			{Title: "Context", Width: 9, Right: true, Drop: 4},
			{Title: "Off on", Width: 10, Drop: 3},
		},
		Cells: s.cells,
		Key:   func(m *service.Model) string { return m.ID },
		Empty: "Loading …",
	}
}

// readModels lists the models, those that can be used first.
func readModels(ctx context.Context, from service.Assistants) ([]*service.Model, error) {
	list, err := from.Models(ctx)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(m *service.Model) bool { return m == nil })
	slices.SortStableFunc(list, func(a, b *service.Model) int { return rank(a) - rank(b) })
	return list, nil
}

func rank(m *service.Model) int {
	switch use, _ := usable(m); use {
	case useYes:
		return 0
	case useUnknown:
		return 1
	}
	return 2
}

// What use says.
const (
	useYes     = "✓ yes"
	useUnknown = "? not known"
)

// usable says whether a model may be used, in a word or two, and why.
func usable(m *service.Model) (word, why string) {
	switch {
	case m.Gone:
		return "✗ switched off", "OpenAI switched it off."
	case !m.Allowed:
		return "✗ not allowed", "openai.allowed_models in portal.yaml leaves it out."
	case m.Offered == nil:
		return useUnknown, "Connect a key, and its check tells which models it may use."
	case !*m.Offered:
		return "✗ no access", "The key's project may not use it; allow it in the project's limits at platform.openai.com."
	}
	return useYes, "The key may use it, and portal.yaml allows it."
}

// cells draws a model.
func (s *Screen) cells(m *service.Model) []widget.Cell {
	th := s.env.Theme
	word, _ := usable(m)
	style, name := th.Faint, th.Faint
	switch word {
	case useYes:
		style, name = th.Good, th.Text
	case useUnknown:
		name = th.Text
	}
	return []widget.Cell{{Text: m.ID, Style: name}, {Text: word, Style: style}, price(m.InputUSD, name), price(m.OutputUSD, name),
		{Text: tokens(m.Context), Style: th.Faint}, {Text: m.Shutdown, Style: th.Warn}}
}

// price is an exact decimal, with two decimals at least so that points stand below each other.
func price(usd string, style lipgloss.Style) widget.Cell {
	if usd == "" {
		return widget.Cell{Text: "–", Style: style}
	}
	if _, decimals, found := strings.Cut(usd, "."); !found {
		usd += ".00"
	} else if len(decimals) == 1 {
		usd += "0"
	}
	return widget.Cell{Text: usd, Style: style}
}

func tokens(n int) string {
	if n <= 0 {
		return "–"
	}
	return report.Number(int64(n))
}

// listed takes the models.
func (s *Screen) listed(msg ui.Loaded[[]*service.Model]) {
	if msg.Of != &s.listing.loader || !s.listing.loader.Take(msg.N) {
		return
	}
	s.page.lines = nil
	if s.listFailed = service.AsError(msg.Err); s.listFailed != nil {
		s.models.Failed()
	} else {
		s.list = msg.Value
	}
	s.refilter()
}

// refilter shows the models that the filter leaves.
func (s *Screen) refilter() {
	terms := strings.Fields(strings.ToLower(s.filter.Active()))
	shown := make([]*service.Model, 0, len(s.list))
	for _, m := range s.list {
		if matches(m, terms) {
			shown = append(shown, m)
		}
	}
	switch {
	case s.listFailed != nil:
		shown, s.models.Empty = nil, "✗ "+told(s.listFailed)
	case len(terms) > 0:
		s.models.Empty = fmt.Sprintf("No model matches the filter. %s changes it, %s switches it off.", s.key("nav.filter"), s.key("nav.filteronoff"))
	default:
		s.models.Empty = "No models are known. They come from the program's own table and from the check of a key."
	}
	s.models.Set(shown, false, false)
}

// matches tells whether a model has every term: a part of its id or name, or use:WORD.
func matches(m *service.Model, terms []string) bool {
	word, _ := usable(m)
	for _, t := range terms {
		if value, named := strings.CutPrefix(t, "use:"); named {
			if !strings.Contains(word, value) {
				return false
			}
			continue
		}
		if !strings.Contains(strings.ToLower(m.ID+" "+m.Name), strings.TrimPrefix(t, "model:")) {
			return false
		}
	}
	return true
}

// openModel shows everything that is known about a model.
func (s *Screen) openModel(m *service.Model) tea.Cmd {
	th := s.env.Theme
	word, why := usable(m)
	plain := func(label, value string) widget.Field {
		return widget.Field{Label: label, Value: value, Style: th.Text}
	}
	perMillion := func(usd string) string {
		if usd == "" {
			return "not known"
		}
		return "$" + usd + " for a million tokens"
	}
	off := m.Shutdown
	switch {
	case off == "":
		off = "no day is announced"
	case !m.Gone:
		off = "OpenAI switches it off on " + off
	}
	fields := []widget.Field{plain("Model", m.ID), plain("Name", m.Name), plain("May be used", word+"\n"+why), plain("Input", perMillion(m.InputUSD)), plain("Cached input", perMillion(m.CachedUSD)),
		plain("Output", perMillion(m.OutputUSD)), plain("Prices as of", m.AsOf), plain("Context", tokens(m.Context)+" tokens"), plain("Longest output", tokens(m.MaxOutput)+" tokens"),
		plain("Temperature", temperature(m.Temperature)), plain("Reasoning effort", efforts(m)), plain("Switched off", off)}
	if m.Note != "" {
		fields = append(fields, plain("Note", m.Note))
	}
	width := max(20, min(s.width-4, 110)-4)
	return ui.Open(dialog.Show(s.env, dialog.ShowOptions{Title: "Model " + m.ID, Drawn: widget.Fields(s.env, fields, width)}))
}

func temperature(takes string) string {
	switch takes {
	case "always":
		return "taken, 0 to 2"
	case "never":
		return "not taken"
	case "with_none":
		return "taken with reasoning effort none only"
	}
	return "not known"
}

func efforts(m *service.Model) string {
	if len(m.Efforts) == 0 {
		return "none: it does not reason, or that is not known"
	}
	out := strings.Join(m.Efforts, ", ")
	if m.DefaultEffort != "" {
		out += " (its own: " + m.DefaultEffort + ")"
	}
	return out
}

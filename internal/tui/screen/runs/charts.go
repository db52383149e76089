package runs

import (
	"slices"
	"sort"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/tui/chart"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/widget"
)

// charts are the pictures of a run. What they need is counted when the run is loaded.
type charts struct {
	tabs    widget.Tabs
	answers []answerCount // the most frequent first
	others  int64         // answers that are not counted by their value
	bar     int           // the answer under the cursor
	barTop  int
	models  []chart.Bar
	latency []chart.Bin
	tokens  []chart.Bin
}

type answerCount struct {
	text string
	n    int64
}

// section is one chart with its heading.
type section struct {
	title string
	// least is how many lines it needs to say anything, most how many it can use.
	least, most int
	draw        func(width, height int) []string
}

// count puts together what the charts show.
func (o *one) count() {
	t := &o.run.Totals
	o.answers, o.others = answersOf(t)
	o.models = modelsOf(t)
	o.latency, o.tokens = bins(&t.Latency, ms), bins(&t.Tokens, func(n int64) string { return chart.Number(float64(n)) })
	o.bar = max(0, min(o.bar, len(o.answers)-1))
	at := ""
	if o.tabs.At < len(o.tabs.Titles) {
		at = o.tabs.Titles[o.tabs.At]
	}
	o.tabs.Titles = nil
	for _, s := range o.sections() {
		o.tabs.Titles = append(o.tabs.Titles, s.title)
	}
	o.tabs.At = max(0, slices.Index(o.tabs.Titles, at))
}

func answersOf(t *run.Totals) (list []answerCount, others int64) {
	for text, n := range t.Answers {
		if text == "" {
			others = n
			continue
		}
		list = append(list, answerCount{text, n})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].n != list[j].n {
			return list[i].n > list[j].n
		}
		return list[i].text < list[j].text
	})
	const few = 5
	if len(list) > 0 && list[0].n == 1 && int64(len(list))+others > few { // no two alike: a bar for each says nothing
		return nil, others + int64(len(list))
	}
	return list, others
}

func modelsOf(t *run.Totals) []chart.Bar {
	names := make([]string, 0, len(t.Models))
	for name := range t.Models {
		names = append(names, name)
	}
	sort.Strings(names)
	var out []chart.Bar
	for _, name := range names {
		m := t.Models[name]
		out = append(out, chart.Bar{Label: name, Value: dollars(m.CostUSD), Text: inspect.Money(m.CostUSD)})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Value > out[j].Value })
	return out
}

func bins(h *run.Histogram, label func(int64) string) []chart.Bin {
	var out []chart.Bin
	for b := range h.Each() {
		name := "more"
		if !b.Open() {
			name = label(b.UpTo)
		}
		out = append(out, chart.Bin{Label: name, Count: b.Asks})
	}
	return out
}

// series gives states the same look in every chart.
func series(s run.State) int {
	switch s {
	case run.Completed:
		return 0
	case run.Active:
		return 1
	case run.GoalMet:
		return 2
	case run.NotEnrolled:
		return 3
	case run.Unenrolled:
		return 4
	}
	return 5
}

// stateStack draws how many records are in which state; halted tells that those which are on their way do not go on.
func stateStack(th *theme.Theme, t *run.Totals, halted bool, width int) []string {
	var parts []chart.Part
	for _, s := range run.States {
		n := t.Enrollments[s]
		if s == run.NotEnrolled { // those that nobody asked for are no part of the picture
			n -= t.NotNamed
		}
		if n > 0 {
			label := inspect.StateWord(s)
			if s == run.Active && halted {
				label = "waiting to be resumed"
			}
			parts = append(parts, chart.Part{Label: label, Value: float64(n), Series: series(s)})
		}
	}
	if len(parts) == 0 {
		return []string{th.Faint.Render(text.Cut("No record was done yet.", width))}
	}
	return chart.Stack(th, parts, width)
}

// sections are the charts that have something to show.
func (o *one) sections() []section {
	th, t := o.s.env.Theme, o.totals()
	list := []section{{"States", 2, 4, func(w, _ int) []string { return stateStack(th, t, o.halted(), w) }}}
	if len(o.answers)+int(min(o.others, 1)) > 0 {
		list = append(list, section{"Answers", min(2, len(o.answers)+1), len(o.answers) + 1, o.drawAnswers})
	}
	if len(o.latency) > 0 {
		list = append(list, section{"Latency", 4, 7, func(w, h int) []string { return histogram(th, &o.run.Totals.Latency, o.latency, ms, w, h) }})
	}
	if len(o.tokens) > 0 {
		list = append(list, section{"Tokens", 4, 7, func(w, h int) []string {
			return histogram(th, &o.run.Totals.Tokens, o.tokens, report.Number, w, h)
		}})
	}
	if len(o.models) > 0 {
		list = append(list, section{"Cost", min(2, len(o.models)), len(o.models), func(w, h int) []string { return chart.Bars(th, o.models, w, h) }})
	}
	return list
}

// halted tells that the run does not go on, though it may have enrollments that have not ended.
func (o *one) halted() bool { return inspect.Halted(o.s.env, o.run) }

// histogram draws the bins, and says in words where most of them are.
func histogram(th *theme.Theme, h *run.Histogram, b []chart.Bin, label func(int64) string, width, height int) []string {
	words := "half " + inspect.Quantile(h, 0.5, label) + " · 95% " + inspect.Quantile(h, 0.95, label)
	return append(chart.Histogram(th, b, width, height-1), th.Faint.Render(text.Cut(words, width)))
}

// drawAnswers draws the answers by value, with a cursor when the charts have the keys.
func (o *one) drawAnswers(width, height int) []string {
	th := o.s.env.Theme
	if len(o.answers) == 0 {
		return []string{th.Faint.Render(text.Cut(report.Count(o.others, "answers")+", too different to count", width))}
	}
	rows := max(1, height)
	if o.others > 0 && rows >= 4 {
		rows--
	}
	o.barTop = max(0, min(o.barTop, o.bar, len(o.answers)-rows))
	if o.bar >= o.barTop+rows-1 && len(o.answers) > o.barTop+rows {
		o.barTop = o.bar - max(0, rows-2)
	}
	bars := make([]chart.Bar, 0, len(o.answers)-o.barTop)
	for _, a := range o.answers[o.barTop:] {
		bars = append(bars, chart.Bar{Label: strings.Join(strings.Fields(text.Clip(a.text, 60)), " "), Value: float64(a.n), Text: report.Number(a.n)})
	}
	out := chart.Bars(th, bars, width-2, rows)
	for i, line := range out {
		lead := "  "
		if o.split.Focus == 1 && i == o.bar-o.barTop {
			lead = th.Accent.Render("▌ ")
		}
		out[i] = lead + line
	}
	if o.others > 0 && len(out) < height {
		out = append(out, th.Faint.Render(text.Cut("  "+report.Count(o.others, "other answers")+", longer or rarer", width)))
	}
	return out
}

// chartsBody draws as many charts as have room, from the chosen one on.
func (o *one) chartsBody(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	th, all := o.s.env.Theme, o.sections()
	need := -1
	for _, s := range all {
		need += s.least + 2
	}
	at, lines := 0, []string{}
	whole := need <= height
	if !whole {
		at = max(0, min(o.tabs.At, len(all)-1))
		lines = append(lines, o.tabs.View(o.s.env, width))
	}
	spare := 0
	if whole {
		spare = height - need
	}
	for i := at; i < len(all); i++ {
		s := all[i]
		room := height - len(lines)
		if whole {
			lines = append(lines, th.Heading.Render(s.title))
			extra := max(0, min(spare, s.most-s.least))
			room, spare = s.least+extra, spare-extra
		} else if i > at {
			if room < s.least+1 {
				break
			}
			lines = append(lines, th.Heading.Render(s.title))
			room--
		}
		got := s.draw(width, max(1, min(room, s.most)))
		lines = append(lines, got[:min(len(got), max(1, room))]...)
		if next := i + 1; next < len(all) && (whole || height-len(lines) > all[next].least+1) {
			lines = append(lines, "")
		}
	}
	return strings.Join(lines[:min(len(lines), height)], "\n")
}

// toCharts gives the charts the keys, and shows the answers, which have a cursor.
func (o *one) toCharts() {
	o.split.Focus = 1
	if at := slices.Index(o.tabs.Titles, "Answers"); at >= 0 && len(o.answers) > 0 {
		o.tabs.At = at
	}
}

// chartKey moves among the answers.
func (o *one) chartKey(key string) {
	is := o.s.env.Keys.Is
	switch {
	case is("nav.up", key):
		o.bar--
	case is("nav.down", key):
		o.bar++
	case is("nav.top", key):
		o.bar = 0
	case is("nav.bottom", key):
		o.bar = len(o.answers) - 1
	}
	o.bar = max(0, min(o.bar, len(o.answers)-1))
}

// noAnswer says why no answer can be chosen.
func (o *one) noAnswer() string {
	if o.bar >= len(o.answers) {
		return "There is no answer under the cursor."
	}
	return ""
}

// filterAnswer shows only the enrollments with the answer under the cursor.
func (o *one) filterAnswer() tea.Cmd {
	o.filter.Text, o.filter.On = "answer:"+quoted(o.answers[o.bar].text), true
	o.split.Focus, o.split.Zoom = 0, false
	return o.refilter()
}

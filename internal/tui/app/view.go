package app

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
)

// Lines of the screen above the body.
const (
	tabsLine = 1
	bodyTop  = 2
)

// portalFile is the file of the portal that says what is true in every place.
const portalFile = "portal.yaml"

func (a *App) setTheme(name string) {
	if t, err := theme.New(name); err == nil {
		a.env.Theme = t
	}
}

func (a *App) tooSmall() bool { return a.width < MinWidth || a.height < MinHeight }

// bodyHeight is what is left for a place: header, tabs and footer take a line each, tasks and errors theirs.
func (a *App) bodyHeight() int {
	return max(0, a.height-bodyTop-1-len(a.below()))
}

// View draws the screen. A panic while drawing ends the program with the next message.
func (a *App) View() (view tea.View) {
	defer func() {
		if v := recover(); v != nil {
			if a.crash == nil {
				a.crash = &Crash{Value: v, Stack: debug.Stack()}
				if a.opt.Stop != nil {
					go a.opt.Stop()
				}
			}
			view = a.frame("This should not have happened; press any key to leave.")
		}
	}()
	if a.crash != nil {
		return a.frame("This should not have happened; press any key to leave.")
	}
	if a.tooSmall() {
		return a.frame(tooSmall(a.width, a.height))
	}
	return a.frame(a.draw())
}

func (a *App) frame(content string) tea.View {
	v := tea.NewView(content)
	v.AltScreen = true
	if a.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// tooSmall says so on as many cells as there are.
func tooSmall(width, height int) string {
	lines := text.Wrap(fmt.Sprintf("This window is %d×%d. askflow needs %d×%d.", width, height, MinWidth, MinHeight), max(1, width))
	return text.Block(strings.Join(lines, "\n"), max(0, width), max(0, min(height, len(lines))))
}

func (a *App) draw() string {
	below := a.below()
	height := max(0, a.height-bodyTop-1-len(below))
	body := text.Block(a.screens[a.at].View(a.width, height), a.width, height)
	for _, d := range a.dialogs {
		body = a.over(body, d.dialog, height)
	}
	lines := append([]string{a.header(), a.tabs(), body}, below...)
	return strings.Join(append(lines, a.footer()), "\n")
}

// header says what is true everywhere: portal, account, where answers come from, what the next run is started with, the clock.
func (a *App) header() string {
	th, p := a.env.Theme, a.env.Portal
	bar := th.Bar
	name := text.Safe(p.Name)
	if p.Dir == "" {
		name = "opening …"
	}
	left := th.BarStrong.Render(" askflow ") + bar.Render(" "+text.Cut(name, 30)+" ")
	account := a.account()
	answers := p.Answers
	if a.env.Settings.Answers != "" {
		answers = a.env.Settings.Answers
	}
	parts := []string{}
	if chosen := a.env.Settings; chosen.Chosen() {
		parts = append(parts, "next run: "+settingsLine(chosen))
	}
	if account != "" {
		parts = append(parts, account)
	}
	if answers != "" {
		word := "answers " + text.Safe(answers)
		if p.Era != "" && p.Era != "responses" {
			word += ", era " + text.Safe(p.Era)
		}
		parts = append(parts, word)
	}
	parts = append(parts, a.clock(answers))
	room := a.width - text.Width(left)
	right := ""
	for len(parts) > 0 {
		if right = strings.Join(parts, " · ") + " "; text.Width(right) <= room {
			break
		}
		parts, right = slices.Delete(parts, len(parts)-1, len(parts)), ""
	}
	return left + bar.Render(text.FitRight(right, room))
}

// clock is when a run would start: on its own timeline unless it asks live.
func (a *App) clock(answers string) string {
	now := a.env.Portal.Now
	if answers == "live" || answers == "record" || now.IsZero() {
		now = a.env.Now()
	}
	return now.In(a.env.Portal.Zone()).Format("2006-01-02 15:04")
}

func (a *App) account() string {
	switch s := a.env.Account; {
	case s == nil:
		return ""
	case s.Locked:
		return "OpenAI ✗ locked"
	case !s.Connected:
		return "OpenAI ○ not connected"
	case s.Result != "" && s.Result != "ok":
		return "OpenAI ✗ " + text.Safe(s.Result)
	}
	return "OpenAI ● connected"
}

func settingsLine(s ui.Settings) string {
	var parts []string
	for _, p := range []string{s.Assistant, s.Model, s.ReasoningEffort} {
		if p != "" {
			parts = append(parts, text.Safe(p))
		}
	}
	if s.Temperature != nil {
		parts = append(parts, fmt.Sprintf("t %.1f", *s.Temperature))
	}
	if s.MaxCost != "" {
		parts = append(parts, "≤ $"+text.Safe(s.MaxCost))
	}
	if len(parts) == 0 {
		return s.Answers
	}
	return strings.Join(parts, " ")
}

// tab is the text of a place's tab, brackets marking the current one where there is no colour. Short ones are numbers alone.
func tab(p ui.Place, here, short bool) string {
	switch {
	case here:
		return fmt.Sprintf("[%d %s]", int(p)+1, p)
	case short:
		return fmt.Sprintf(" %d ", int(p)+1)
	}
	return fmt.Sprintf(" %d %s ", int(p)+1, p)
}

// crumbs say where in the place we are.
func (a *App) crumbs() string {
	list := a.screens[a.at].Crumbs()
	safe := make([]string, len(list))
	for i := range list {
		safe[i] = text.Safe(list[i])
	}
	return strings.Join(safe, " › ")
}

// shortTabs tells that the names of the other places give way to where we are.
func (a *App) shortTabs(crumbs string) bool {
	width := 2
	for p := range ui.Places {
		width += text.Width(tab(p, p == a.at, false))
	}
	if crumbs == "" {
		width -= 2
	}
	return width+text.Width(crumbs) > a.width
}

func (a *App) tabs() string {
	th, crumbs := a.env.Theme, a.crumbs()
	short := a.shortTabs(crumbs)
	var b strings.Builder
	for p := range ui.Places {
		style := th.Faint
		if p == a.at {
			style = th.Heading
		}
		b.WriteString(style.Render(tab(p, p == a.at, short)))
	}
	line := b.String()
	room := a.width - text.Width(line) - 2
	if at := strings.LastIndex(crumbs, " › "); at >= 0 && text.Width(crumbs) > room { // the end matters most
		crumbs = "… " + crumbs[at:]
	}
	return text.Fit(line+th.Faint.Render(text.FitRight(text.Cut(crumbs, room), room+1)), a.width)
}

func (a *App) tabAt(x int) (ui.Place, bool) {
	at, short := 0, a.shortTabs(a.crumbs())
	for p := range ui.Places {
		at += text.Width(tab(p, p == a.at, short))
		if x < at {
			return p, true
		}
	}
	return 0, false
}

// below are the lines between body and footer: what is wrong, what is waited for, what was said.
func (a *App) below() []string {
	th := a.env.Theme
	var lines []string
	say := func(style lipgloss.Style, lead, message string, most int) {
		wrapped := text.Wrap(text.Safe(message), max(1, a.width-4))
		if len(wrapped) > most {
			wrapped = append(wrapped[:most-1:most-1], wrapped[most-1]+" …")
		}
		for i, l := range wrapped {
			if i > 0 {
				lead = " "
			}
			lines = append(lines, text.Fit(style.Render(" "+lead+" "+l), a.width))
		}
	}
	if a.gone != nil {
		say(th.Bad, "✗", sentence(a.gone), 4)
	} else if p := a.portalProblem(); p != "" && a.failed == nil {
		say(th.Bad, "✗", p, 2)
	}
	if a.failed != nil && (a.gone == nil || a.gone.Code != service.CodeOf(a.failed)) {
		say(th.Bad, "✗", sentence(service.AsError(a.failed)), 4)
	}
	if len(a.tasks.list) > 0 {
		t := a.tasks.list[len(a.tasks.list)-1]
		line := t.name + " … " + t.far() + report.Duration(a.env.Now().Sub(t.started).Truncate(1e9))
		if key := a.firstKey("app.cancel"); key != "" {
			line += "  (" + keymap.Label(key) + " cancels)"
		}
		say(th.Info, spin().Frames[a.tasks.spin%len(spin().Frames)], line, 1)
	}
	if line := a.runLine(); line != "" {
		say(th.Info, "▶", line, 1)
	}
	if a.note.text != "" && a.failed == nil {
		say(th.Text, "›", a.note.text, 2)
	}
	return lines
}

// portalProblem is what makes portal.yaml unusable: until it is mended, nothing in it counts, which shows in every place.
func (a *App) portalProblem() string {
	for _, p := range a.env.Portal.Problems {
		if p.File == portalFile && p.Severity == source.SeverityError {
			return p.Where() + ": " + p.Message
		}
	}
	return ""
}

// sentence is an error with its hint.
func sentence(e *service.Error) string {
	if e.Hint == "" {
		return e.Message
	}
	end := ". "
	if strings.HasSuffix(e.Message, ".") || strings.HasSuffix(e.Message, "!") || strings.HasSuffix(e.Message, "?") {
		end = " "
	}
	if strings.HasPrefix(e.Hint, "emulator ") { // a command is written as it is typed
		return e.Message + end + e.Hint
	}
	first, size := utf8.DecodeRuneInString(e.Hint)
	return e.Message + end + string(unicode.ToUpper(first)) + e.Hint[size:]
}

// runLine is how far the runs are that go on, while another place is on the screen.
func (a *App) runLine() string {
	if a.at == ui.Runs || len(a.env.Active) == 0 {
		return ""
	}
	ids := make([]string, 0, len(a.env.Active))
	for id := range a.env.Active {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	p := a.env.Active[ids[len(ids)-1]]
	line := fmt.Sprintf("%s %s: %s of %s", p.Run, p.Workflow.Name, report.Number(p.Totals.Considered), report.Count(p.Total, "records"))
	if more := len(ids) - 1; more > 0 {
		line += fmt.Sprintf(", and %d more", more)
	}
	return line
}

// footer lists the actions that work here, as many as fit, help last.
func (a *App) footer() string {
	th := a.env.Theme
	list := a.screens[a.at].Bindings()
	if d := a.top(); d != nil {
		list = d.dialog.Bindings()
	}
	const gap = "  "
	help := ""
	if a.top() == nil {
		help = a.hint("app.palette", false) + gap + a.hint("app.help", false)
	}
	room := a.width - 1 - text.Width(help)
	line, seen := " ", map[string]bool{}
	for _, off := range []bool{false, true} { // what can be done first
		for _, b := range list {
			spec := a.env.Keys.Get(b.ID)
			if spec.Quiet || len(spec.Keys) == 0 || (b.Disabled != "") != off || seen[b.ID] {
				continue
			}
			seen[b.ID] = true
			if part := a.hint(b.ID, off) + gap; text.Width(line)+text.Width(part) <= room {
				line += part
			}
		}
	}
	return text.Fit(text.Fit(line, room)+help, a.width-1) + th.Faint.Render(" ")
}

func (a *App) hint(id string, off bool) string {
	spec := a.env.Keys.Get(id)
	if len(spec.Keys) == 0 {
		return ""
	}
	key := a.env.Theme.Key
	if off {
		key = a.env.Theme.Faint
	}
	return key.Render(text.Safe(keymap.Label(spec.Keys[0]))) + " " + a.env.Theme.Hint.Render(spec.Short)
}

// rightOf is the part of a line from a column on. Half of a wide letter becomes a blank.
func rightOf(line string, from, width int) string {
	part := ansi.Cut(line, from, width)
	if text.Width(part) > width-from {
		part = ansi.Cut(line, from+1, width)
	}
	return text.FitRight(part, width-from)
}

// dialogWidth is how wide dialogs are, frame included.
func dialogWidth(screen int) int { return min(screen-4, 110) }

// over draws a dialog over the body.
func (a *App) over(body string, d ui.Dialog, height int) string {
	th := a.env.Theme
	width := dialogWidth(a.width)
	inner := strings.TrimRight(d.View(width-4, max(1, height-2)), "\n")
	lines := strings.Split(inner, "\n")
	if most := height - 2; len(lines) > most {
		lines = lines[:max(0, most)]
	}
	title := " " + text.Cut(text.Safe(d.Title()), width-6) + " "
	box := []string{th.BorderFocus.Render("╭─") + th.Heading.Render(title) + th.BorderFocus.Render(strings.Repeat("─", max(0, width-3-text.Width(title)))+"╮")}
	for _, l := range lines {
		box = append(box, th.BorderFocus.Render("│")+" "+text.Fit(l, width-4)+" "+th.BorderFocus.Render("│"))
	}
	box = append(box, th.BorderFocus.Render("╰"+strings.Repeat("─", width-2)+"╯"))
	left, top := (a.width-width)/2, max(0, (height-len(box))/3)
	under := strings.Split(body, "\n")
	for i, l := range box {
		if at := top + i; at < len(under) {
			under[at] = text.Fit(ansi.Cut(under[at], 0, left), left) + l + rightOf(under[at], left+width, a.width)
		}
	}
	return strings.Join(under, "\n")
}

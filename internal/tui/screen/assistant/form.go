package assistant

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// row is a setting.
type row int

const (
	rowTarget row = iota
	rowAssistant
	rowModel
	rowTemperature
	rowEffort
	rowAnswers
	rowBudget
	rows
)

// form is where the settings for the next run are chosen.
type form struct {
	s  *Screen
	at row
	// target is the workflow's step whose own settings count beneath; nil for whoever is asked.
	target   *target
	want     *ui.ShowAssistant
	resolver resolver
	// proposing is the change to a file that is being worked out.
	proposing ui.Loader
	// lines says which row stands at each line of the last View.
	lines []row
}

func newForm(s *Screen) form { return form{s: s} }

// The limits of a temperature, and the slider's step.
const (
	coldest = 0.0
	hottest = 2.0
	usual   = 1.0 // OpenAI's own when nothing is sent
	ticks   = 20  // steps of 0.1 between them
)

func answerKinds() []string { return []string{"scripted", "replay", "record", "live"} }

// resolve works out what the settings come to.
func (f *form) resolve() tea.Cmd {
	cmd := f.resolver.load(f.s.env, f.s.query(f.target))
	if f.s.level == levelPad {
		cmd = tea.Batch(cmd, f.s.pad.resolve())
	}
	return cmd
}

// aim takes the step that another place asked for.
func (f *form) aim() tea.Cmd {
	want := f.want
	if want == nil {
		return nil
	}
	f.want = nil
	t := f.s.targets.find(want.File, want.Step)
	if t == nil {
		return ui.Note(fmt.Sprintf("%s has no step %s that asks OpenAI.", text.Clip(want.File, 60), text.Clip(want.Step, 40)))
	}
	f.target = t
	return f.resolve()
}

// aimAgain finds the step anew after files changed.
func (f *form) aimAgain() tea.Cmd {
	if f.target == nil {
		return nil
	}
	f.target = f.s.targets.find(f.target.file, f.target.step)
	return f.resolve()
}

// press takes the keys of the settings.
func (f *form) press(msg tea.KeyPressMsg) tea.Cmd {
	key, is := msg.String(), f.s.env.Keys.Is
	switch {
	case is("nav.up", key):
		f.at = max(0, f.at-1)
	case is("nav.down", key):
		f.at = min(rows-1, f.at+1)
	case is("nav.top", key):
		f.at = 0
	case is("nav.bottom", key):
		f.at = rows - 1
	case is("nav.left", key) && !f.slides():
		f.s.setFocus(focusList)
	case is("nav.left", key):
		return f.slide(-1)
	case is("nav.right", key):
		return f.slide(1)
	}
	return nil
}

// slides tells that the setting under the cursor changes step by step.
func (f *form) slides() bool {
	return f.at == rowTemperature || f.at == rowEffort || f.at == rowAnswers
}

// slide changes the setting under the cursor by a step.
func (f *form) slide(by int) tea.Cmd {
	switch f.at {
	case rowTemperature:
		return f.slideTemperature(by)
	case rowEffort:
		if why := f.noEffort(); why != "" {
			return ui.Note(why)
		}
		effort := slid(f.efforts(), f.s.settings.chosen.ReasoningEffort, by)
		return f.s.choose(func(c *ui.Settings) { c.ReasoningEffort = effort })
	case rowAnswers:
		answers := slid(answerKinds(), f.s.settings.chosen.Answers, by)
		return f.s.choose(func(c *ui.Settings) { c.Answers = answers })
	}
	return f.enter()
}

// slid is the choice after or before one; "", which leaves it to others, stands before the first.
func slid(list []string, now string, by int) string {
	at := max(-1, min(slices.Index(list, now)+by, len(list)-1))
	if at < 0 {
		return ""
	}
	return list[at]
}

func (f *form) slideTemperature(by int) tea.Cmd {
	if why := f.noTemperature(); why != "" {
		return ui.Note(why)
	}
	from := usual
	if own := f.resolver.now; own != nil && own.own.Temperature != nil {
		from = *own.own.Temperature
	}
	if chosen := f.s.settings.chosen.Temperature; chosen != nil {
		from = *chosen
	}
	to := math.Round(from*10+float64(by)) / 10
	to = max(coldest, min(to, hottest))
	return f.s.choose(func(c *ui.Settings) { c.Temperature = &to })
}

// noTemperature says why no temperature can be chosen.
func (f *form) noTemperature() string {
	if r := f.resolver.now; r != nil {
		return r.sent.NoTemperature
	}
	return ""
}

func (f *form) noEffort() string {
	if r := f.resolver.now; r != nil && len(r.sent.Efforts) == 0 {
		if r.sent.NoEffort != "" {
			return r.sent.NoEffort
		}
		return "It is not known which reasoning efforts this model takes."
	}
	return ""
}

func (f *form) efforts() []string {
	if r := f.resolver.now; r != nil {
		return r.sent.Efforts
	}
	return nil
}

// own leaves the setting under the cursor to others.
func (f *form) own() tea.Cmd {
	if f.at == rowTarget {
		return f.aimAt(nil)
	}
	return f.s.choose(func(c *ui.Settings) { f.at.clear(c) })
}

func (r row) clear(c *ui.Settings) {
	switch r {
	case rowAssistant:
		c.Assistant = ""
	case rowModel:
		c.Model = ""
	case rowTemperature:
		c.Temperature = nil
	case rowEffort:
		c.ReasoningEffort = ""
	case rowAnswers:
		c.Answers = ""
	case rowBudget:
		c.MaxCost = ""
	}
}

// value is what is chosen, "" for nothing.
func (r row) value(c ui.Settings) string {
	switch r {
	case rowAssistant:
		return c.Assistant
	case rowModel:
		return c.Model
	case rowTemperature:
		return number(c.Temperature)
	case rowEffort:
		return c.ReasoningEffort
	case rowAnswers:
		return c.Answers
	case rowBudget:
		return c.MaxCost
	}
	return ""
}

// ownAlready says why there is nothing to leave to others.
func (f *form) ownAlready() string {
	if f.at == rowTarget && f.target != nil || f.at.value(f.s.settings.chosen) != "" {
		return ""
	}
	if f.at == rowTarget {
		return "No workflow is chosen; the assistant under the cursor stands for all."
	}
	return "This is not chosen; it is left to the workflow and the assistant already."
}

func (f *form) aimAt(t *target) tea.Cmd {
	f.target = t
	return f.resolve()
}

// enter asks for a value of the setting under the cursor.
func (f *form) enter() tea.Cmd {
	switch f.at {
	case rowTarget:
		return f.s.withTargets(func() tea.Cmd {
			return f.s.chooseTarget(choosing{title: "Over whose own settings?", at: f.target, none: "Any workflow: look at the assistant alone", then: f.aimAt})
		})
	case rowAssistant:
		return f.chooseAssistant()
	case rowModel:
		return f.s.openModels()
	case rowTemperature:
		return f.typeTemperature()
	case rowEffort:
		return f.chooseEffort()
	case rowAnswers:
		return f.chooseAnswers()
	}
	return f.typeBudget()
}

// offer asks for one of several values; the first leaves it to others.
func (f *form) offer(title, own string, items []dialog.Choice, set func(*ui.Settings, string)) tea.Cmd {
	items = append([]dialog.Choice{{ID: "", Title: own}}, items...)
	return ui.Open(dialog.Choose(f.s.env, dialog.ChooseOptions{Title: title, Items: items, At: f.at.value(f.s.settings.chosen), Do: func(c dialog.Choice) tea.Cmd {
		return ui.Send(changeMsg{func(s *ui.Settings) { set(s, c.ID) }})
	}}))
}

func (f *form) chooseAssistant() tea.Cmd {
	var items []dialog.Choice
	if f.s.catalog != nil {
		for _, it := range f.s.catalog.items {
			items = append(items, dialog.Choice{ID: it.a.ID, Title: it.name(), Detail: it.a.Model + ": " + it.preview})
		}
	}
	return f.offer("Which assistant for the next run?", "The workflow's own", items, func(c *ui.Settings, id string) { c.Assistant = id })
}

func (f *form) chooseEffort() tea.Cmd {
	if why := f.noEffort(); why != "" {
		return ui.Note(why)
	}
	var items []dialog.Choice
	for _, e := range f.efforts() {
		items = append(items, dialog.Choice{ID: e, Title: e})
	}
	return f.offer("Which reasoning effort for the next run?", "The assistant's own", items, func(c *ui.Settings, e string) { c.ReasoningEffort = e })
}

func (f *form) chooseAnswers() tea.Cmd {
	account := ""
	if f.s.env.Account != nil && !f.s.env.Account.Connected {
		account = " No account is connected yet."
	}
	items := []dialog.Choice{
		{ID: "scripted", Title: "scripted", Detail: "From the files under responses/. Nothing leaves this machine."},
		{ID: "replay", Title: "replay", Detail: "From the files under recordings/. Nothing leaves this machine."},
		{ID: "record", Title: "record", Detail: "OpenAI is asked, which costs money, and the answers are kept under recordings/." + account},
		{ID: "live", Title: "live", Detail: "OpenAI is asked, which costs money." + account},
	}
	return f.offer("Where do the next run's answers come from?", "The portal's own: "+f.s.env.Portal.Answers, items, func(c *ui.Settings, a string) { c.Answers = a })
}

func (f *form) typeTemperature() tea.Cmd {
	if why := f.noTemperature(); why != "" {
		return ui.Note(why)
	}
	return ui.Open(dialog.Input(f.s.env, dialog.InputOptions{Title: "Temperature for the next run", Label: "A number from 0 to 2", Value: number(f.s.settings.chosen.Temperature),
		Placeholder: "the assistant's own", Hint: "0 answers the same way as often as it can, 2 the most freely. Empty uses the assistant's own.",
		Check: func(s string) error { _, err := readTemperature(s); return err },
		Do: func(s string) tea.Cmd {
			t, _ := readTemperature(s) // checked
			return ui.Send(changeMsg{func(c *ui.Settings) { c.Temperature = t }})
		}}))
}

// readTemperature reads what was typed; nothing is nil.
func readTemperature(s string) (*float64, error) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", ".")
	if s == "" {
		return nil, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= coldest && v <= hottest) {
		return nil, errors.New("A temperature is a number from 0 to 2, such as 0.7.") //nolint:revive // a sentence on the screen
	}
	v = math.Round(v*100) / 100
	return &v, nil
}

func (f *form) typeBudget() tea.Cmd {
	return ui.Open(dialog.Input(f.s.env, dialog.InputOptions{Title: "Budget of the next run", Label: "US dollars", Value: f.s.settings.chosen.MaxCost, Placeholder: f.budgetOwn(),
		Hint:  "The run stops before it costs more. Empty uses portal.yaml's own.",
		Check: func(s string) error { _, err := readBudget(s); return err },
		Do: func(s string) tea.Cmd {
			b, _ := readBudget(s) // checked
			return ui.Send(changeMsg{func(c *ui.Settings) { c.MaxCost = b }})
		}}))
}

// readBudget reads an amount of dollars; nothing is "".
func readBudget(s string) (string, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "$")
	if s != "" && !regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`).MatchString(s) {
		return "", errors.New("A budget is an amount in US dollars, such as 0.50.") //nolint:revive // a sentence on the screen
	}
	return s, nil
}

// click puts the cursor on a row; a second click changes it.
func (f *form) click(line int, double bool) tea.Cmd {
	if line < 0 || line >= len(f.lines) || f.lines[line] >= rows {
		return nil
	}
	f.at = f.lines[line]
	if double {
		return f.enter()
	}
	return nil
}

// model is what is known of the model that would be asked, nil for nothing.
func (f *form) model() *service.Model {
	if f.resolver.now == nil || f.s.catalog == nil {
		return nil
	}
	return f.s.catalog.byID[f.resolver.now.sent.Model]
}

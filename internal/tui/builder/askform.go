package builder

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// askForm is the form of the asking action. What would be sent for its values is looked up while it is filled in, and stands
// below it; a temperature that would not be taken cannot be given, and the reason stands in its place.
type askForm struct {
	ui.Dialog
	work
	data   *sheetData
	loader ui.Loader
	// now are the form's values, as it told them last; asked are those that were looked up.
	now    map[string]string
	asked  string
	answer *service.Resolution
	err    error
	// reasons are why no temperature can be given, by what else was chosen.
	reasons map[string]*service.Resolution
	width   int
	height  int
}

// newAskForm looks up what would be sent for the values that the form starts with, so it is made outside of Update.
func newAskForm(w work, data *sheetData, o dialog.FormOptions) *askForm {
	f := &askForm{work: w, data: data, reasons: map[string]*service.Resolution{}, width: 80, height: 20}
	for i := range o.Fields {
		switch o.Fields[i].ID {
		case "temperature":
			o.Fields[i].Disabled = f.noTemperature
		case "reasoning_effort":
			o.Fields[i].Disabled = f.noEffort
			o.Fields[i].Check = f.checkEffort
		}
	}
	f.Dialog = dialog.Form(w.env, o)
	if query, asked, is := f.query(); is {
		f.asked = asked
		answer, err := f.services.Assistants.Resolve(f.ctx, query)
		f.take(answer, err)
	}
	return f
}

// take keeps what was looked up.
func (f *askForm) take(answer *service.Resolution, err error) {
	f.answer, f.err = answer, err
	if err == nil && answer != nil {
		f.reasons[choiceOf(f.asked)] = answer
	}
}

// choice names what decides about temperature and effort.
func choice(v map[string]string) string {
	return v["assistant"] + "\x00" + v["model"] + "\x00" + v["reasoning_effort"]
}

// noTemperature is asked by the form with its values whenever it is drawn.
func (f *askForm) noTemperature(v map[string]string) string {
	f.now = v
	if r := f.reasons[choice(v)]; r != nil {
		return r.NoTemperature
	}
	m := f.data.model(v)
	switch {
	case m == nil:
	case m.Temperature == "never":
		return m.ID + " takes no temperature."
	case m.Temperature == "with_none":
		if e := f.data.effort(v); e != "" && e != "none" {
			return m.ID + " takes a temperature only with reasoning effort none."
		}
	}
	return ""
}

func (f *askForm) noEffort(v map[string]string) string {
	if r := f.reasons[choice(v)]; r != nil && v["reasoning_effort"] == "" {
		return r.NoEffort
	}
	return ""
}

func (f *askForm) checkEffort(e string) error {
	r := f.reasons[choice(f.now)]
	if e == "" || r == nil || f.now["reasoning_effort"] != e {
		return nil
	}
	if r.NoEffort != "" {
		return &service.Error{Code: "effort", Message: r.NoEffort}
	}
	for _, known := range r.Efforts {
		if known == e {
			return nil
		}
	}
	if len(r.Efforts) == 0 {
		return nil
	}
	return &service.Error{Code: "effort", Message: r.Model + " takes the efforts " + strings.Join(r.Efforts, ", ") + " only"}
}

// Update is the form's; what it changes is looked up.
func (f *askForm) Update(msg tea.Msg) tea.Cmd {
	if got, is := msg.(ui.Loaded[*service.Resolution]); is {
		if got.Of == &f.loader && f.loader.Take(got.N) {
			f.take(got.Value, got.Err)
			return f.look()
		}
		return nil
	}
	if cmd := f.Dialog.Update(msg); cmd != nil {
		return cmd
	}
	return f.look()
}

// Unsaved is what the form would lose, which embedding hides.
func (f *askForm) Unsaved() string { return dialog.Unsaved(f.Dialog) }

// choiceOf is the part of what was asked for that decides about temperature and effort.
func choiceOf(asked string) string {
	return asked[:strings.LastIndexByte(asked, 0)]
}

// Bindings are the form's; what they change is looked up.
func (f *askForm) Bindings() []ui.Binding {
	list := append([]ui.Binding(nil), f.Dialog.Bindings()...)
	for i, b := range list {
		if b.Do != nil {
			list[i].Do = func() tea.Cmd {
				cmd := b.Do()
				if look := f.look(); look != nil && cmd == nil {
					return look
				}
				return cmd
			}
		}
	}
	return list
}

// look asks what would be sent for the values, when they are others than before.
func (f *askForm) look() tea.Cmd {
	query, asked, is := f.query()
	if !is || asked == f.asked {
		return nil
	}
	f.asked = asked
	return ui.Load(f.env, &f.loader, func(ctx context.Context) (*service.Resolution, error) {
		return f.services.Assistants.Resolve(ctx, query)
	})
}

// query is what to look up for the values, and a name for it; false without an assistant.
func (f *askForm) query() (query service.SettingsQuery, asked string, ok bool) {
	f.Dialog.View(f.width, f.height) // the form tells its values when it is drawn
	v := f.now
	query = service.SettingsQuery{Assistant: v["assistant"], Model: v["model"], ReasoningEffort: v["reasoning_effort"]}
	temperature := ""
	if t, err := strconv.ParseFloat(strings.TrimSpace(v["temperature"]), 64); err == nil && f.noTemperature(v) == "" {
		query.Temperature, temperature = &t, number(t)
	}
	return query, choice(v) + "\x00" + temperature, query.Assistant != ""
}

// below are the lines that a form with an answer is drawn above.
const below = 3

// View is the form, and what would be sent.
func (f *askForm) View(width, height int) string {
	f.width, f.height = width, max(1, height-below)
	if height < 3*below {
		return f.Dialog.View(width, height)
	}
	th := f.env.Theme
	form := f.Dialog.View(width, height-below)
	style, words := th.Faint, ""
	switch {
	case f.err != nil:
		style, words = th.Warn, "! "+service.AsError(f.err).Message
	case f.answer == nil:
	case f.answer.Refused != nil:
		style, words = th.Bad, "✗ nothing would be sent: "+f.answer.Refused.Message
	default:
		words = sent(f.answer)
		if len(f.answer.Warnings) > 0 {
			style, words = th.Warn, words+" — ! "+strings.Join(f.answer.Warnings, "; ")
		}
	}
	lines := text.Wrap(words, max(1, width))
	out := form + "\n"
	for _, l := range lines[:min(len(lines), below-1)] {
		out += "\n" + style.Render(l)
	}
	return out
}

// sent says what would be sent.
func sent(r *service.Resolution) string {
	words := "would be sent: " + r.Model
	if r.Temperature != nil {
		words += ", temperature " + number(*r.Temperature)
	} else {
		words += ", no temperature"
	}
	if r.ReasoningEffort != "" {
		words += ", effort " + r.ReasoningEffort
	}
	return words
}

package dialog

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// form asks for values, one below the other. Input is a form with one field.
type form struct {
	env    *ui.Env
	title  string
	text   string
	fields []*formField
	at     int
	// live checks while typing, not only when a field is left.
	live bool
	do   func(values map[string]string) tea.Cmd

	// touched tells that the values it started with are not saved anywhere.
	touched bool

	over   *picker // open over the form
	picked func(at int)
}

type formField struct {
	Field
	editor  *widget.Editor
	choice  int
	on      bool
	height  int
	problem string
	// kept is the text of the editor as it was last taken; stale tells that the editor has another one by now.
	kept  string
	stale bool
	// was is the value it started with.
	was string
}

const areaHeight = 6

// longText is how many bytes a text may have so that it is taken and checked at every key. Longer ones are when they are left.
const longText = 64 << 10

// Form asks for several values.
func Form(env *ui.Env, o FormOptions) ui.Dialog {
	f := &form{env: env, title: o.Title, text: o.Text, touched: o.Touched, do: o.Do}
	for _, field := range o.Fields {
		f.fields = append(f.fields, newField(field))
	}
	f.at = -1
	f.move(1)
	return f
}

func newField(field Field) *formField {
	out := &formField{Field: field, height: 1, stale: true}
	switch field.Kind {
	case KindArea:
		out.editor, out.height = widget.NewEditor(field.Value, true), areaHeight
	case KindChoice:
		for i, c := range field.Options {
			if c.ID == field.Value {
				out.choice = i
			}
		}
	case KindBool:
		out.on, _ = strconv.ParseBool(field.Value) // anything else is no
	default:
		out.editor = widget.NewEditor(field.Value, false)
	}
	out.was = out.value()
	return out
}

// Input asks for a text.
func Input(env *ui.Env, o InputOptions) ui.Dialog {
	kind := KindText
	if o.Multi {
		kind = KindArea
	}
	field := newField(Field{ID: "text", Label: o.Label, Kind: kind, Value: o.Value, Hint: o.Hint, Check: o.Check, TokenSource: o.TokenSource})
	field.editor.Placeholder = o.Placeholder
	if field.height = 1; o.Multi {
		if field.height = o.Height; o.Height <= 0 {
			field.height = 8
		}
	}
	return &form{env: env, title: o.Title, fields: []*formField{field}, live: true, do: func(values map[string]string) tea.Cmd {
		if o.Do == nil {
			return nil
		}
		return o.Do(values["text"])
	}}
}

func (f *formField) value() string {
	switch f.Kind {
	case KindChoice:
		if f.choice < len(f.Options) {
			return f.Options[f.choice].ID
		}
		return ""
	case KindBool:
		return strconv.FormatBool(f.on)
	}
	if f.stale {
		f.kept, f.stale = f.editor.Value(), false
	}
	return f.kept
}

// long tells that the field has a text that takes too long to be taken at every key.
func (f *formField) long() bool { return f.editor != nil && f.editor.Len() > longText }

// seen are the values of all fields, disabled ones included, as what is disabled depends on them: a long text that is being typed as it was before.
func (f *form) seen() map[string]string {
	all := make(map[string]string, len(f.fields))
	for i, field := range f.fields {
		if i == f.at && field.stale && field.long() {
			all[field.ID] = field.kept
			continue
		}
		all[field.ID] = field.value()
	}
	return all
}

// values are those of all fields, disabled ones included; given are those that can be given.
func (f *form) values() (all, given map[string]string) {
	all, given = map[string]string{}, map[string]string{}
	for _, field := range f.fields {
		all[field.ID] = field.value()
	}
	for _, field := range f.fields {
		if f.disabled(field, all) == "" {
			given[field.ID] = all[field.ID]
		}
	}
	return all, given
}

func (f *form) disabled(field *formField, all map[string]string) string {
	if field.Disabled == nil {
		return ""
	}
	return field.Disabled(all)
}

func (f *form) Title() string { return f.title }
func (f *form) Typing() bool  { return true }

// field is the one that keys go to; nil in a form without fields.
func (f *form) field() *formField {
	if f.at < 0 || f.at >= len(f.fields) {
		return nil
	}
	return f.fields[f.at]
}

// Unsaved says that what was typed is not accepted yet, "" when leaving loses no more than a word or two.
func (f *form) Unsaved() string {
	changed, text := 0, false
	for _, field := range f.fields {
		if field.value() != field.was {
			changed, text = changed+1, text || field.Kind == KindArea
		}
	}
	if !f.touched && changed < 2 && !text {
		return ""
	}
	return "What was changed in “" + f.title + "” is not accepted yet."
}

// Unsaved is what a dialog would lose, "" for one that would lose nothing.
func Unsaved(d ui.Dialog) string {
	if u, is := d.(interface{ Unsaved() string }); is {
		return u.Unsaved()
	}
	return ""
}

func (f *form) next() tea.Cmd { return f.move(1) }
func (f *form) prev() tea.Cmd { return f.move(-1) }

// move goes to the next field that can be given, round and round; what is left is checked.
func (f *form) move(by int) tea.Cmd {
	if field := f.field(); field != nil {
		field.check()
	}
	all := f.seen()
	at := f.at
	for range f.fields {
		if at = (at + by + len(f.fields)) % len(f.fields); f.disabled(f.fields[at], all) == "" {
			f.at = at
			break
		}
	}
	return nil
}

// check says why the value cannot be taken; true when it can.
func (f *formField) check() bool {
	f.problem = ""
	if f.Kind == KindChoice && f.choice < len(f.Options) {
		f.problem = f.Options[f.choice].Disabled
	}
	if f.problem == "" && f.Check != nil {
		if err := f.Check(f.value()); err != nil {
			f.problem = err.Error()
		}
	}
	return f.problem == ""
}

// accept checks everything that can be given, and goes to the first that is wrong.
func (f *form) accept() tea.Cmd {
	all, given := f.values()
	wrong := -1
	for i, field := range f.fields {
		field.problem = ""
		if f.disabled(field, all) == "" && !field.check() && wrong < 0 {
			wrong = i
		}
	}
	if wrong >= 0 {
		f.at = wrong
		return nil
	}
	if f.do == nil {
		return ui.Close(nil)
	}
	return ui.Close(f.do(given))
}

// open shows a picker over the form.
func (f *form) open(list *picker, picked func(at int)) {
	f.over, f.picked = list, picked
}

func (f *form) shut() tea.Cmd {
	f.over, f.picked = nil, nil
	return nil
}

func (f *form) pick() tea.Cmd {
	if at, ok := f.over.selected(); ok {
		f.picked(at)
	}
	return f.shut()
}

func (f *form) openTokens() tea.Cmd {
	field := f.field()
	tokens := byGroup(field.TokenSource())
	if len(tokens) == 0 {
		return ui.Note("There are no data tokens to choose from yet.")
	}
	f.open(newPicker(f.env, tokenEntries(tokens), 0), func(at int) {
		field.editor.InsertWord(tokens[at].Token)
		f.typed(field)
	})
	return nil
}

// openPicks shows what can be put into a list with commas.
func (f *form) openPicks() tea.Cmd {
	field := f.field()
	items := field.Picks()
	if len(items) == 0 {
		return ui.Note("There is nothing to choose from.")
	}
	f.open(newPicker(f.env, entriesOf(items), 0), func(at int) {
		list := strings.TrimRight(field.editor.Value(), ", \t")
		if list != "" {
			list += ", "
		}
		field.editor.SetValue(list + items[at].ID)
		f.typed(field)
	})
	return nil
}

func entriesOf(items []Choice) []entry {
	out := make([]entry, len(items))
	for i, c := range items {
		out[i] = entry{title: c.Title, detail: c.Detail, disabled: c.Disabled}
	}
	return out
}

// typed checks a text that changed: at once in a form that does so, otherwise as soon as it is mended.
func (f *form) typed(field *formField) {
	if field.stale = true; field.long() {
		return
	}
	if f.live || field.problem != "" {
		field.check()
	}
}

func (f *form) Update(msg tea.Msg) tea.Cmd {
	if f.over != nil {
		if f.over.update(msg) {
			return nil
		}
		return f.bound(msg)
	}
	field := f.field()
	if field == nil {
		return f.bound(msg)
	}
	if press, is := msg.(tea.KeyPressMsg); is && field.editor == nil {
		if f.change(field, press.String()) {
			return nil
		}
	}
	if field.editor != nil && !f.reserved(msg) {
		changed, taken := field.editor.Update(msg)
		if changed {
			f.typed(field)
		}
		if taken {
			return nil
		}
	}
	return f.bound(msg)
}

// reserved tells that a key is bound here, other than those that an editor needs.
func (f *form) reserved(msg tea.Msg) bool {
	press, is := msg.(tea.KeyPressMsg)
	if !is || press.Text != "" {
		return false
	}
	for _, b := range f.Bindings() {
		if f.env.Keys.Is(b.ID, press.String()) {
			return true
		}
	}
	return false
}

func (f *form) bound(msg tea.Msg) tea.Cmd {
	if press, is := msg.(tea.KeyPressMsg); is {
		return pressBound(f.env, f.Bindings(), press.String())
	}
	return nil
}

// changeOn is what a key for it does in a frame that knows bindings only.
func (f *form) changeOn() tea.Cmd {
	f.turnTo(f.field(), "space")
	return nil
}

// change takes the keys of choices and switches.
func (f *form) change(field *formField, key string) bool {
	if !f.env.Keys.Is("dialog.change", key) {
		return false
	}
	f.turnTo(field, key)
	return true
}

func (f *form) turnTo(field *formField, key string) {
	const few = 4
	switch {
	case field.Kind == KindBool:
		field.on = !field.on
	case key == "space" && len(field.Options) > few:
		f.open(newPicker(f.env, entriesOf(field.Options), field.choice), func(at int) {
			field.choice = at
			f.typed(field)
		})
	default:
		field.turn(key == "left")
	}
	f.typed(field)
}

// turn goes to the next option that can be chosen.
func (f *formField) turn(back bool) {
	by := 1
	if back {
		by = -1
	}
	for range f.Options {
		f.choice = (f.choice + by + len(f.Options)) % len(f.Options)
		if f.Options[f.choice].Disabled == "" {
			return
		}
	}
}

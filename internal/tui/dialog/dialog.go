// Package dialog holds the dialogs that places open: questions, texts to type, keys to paste, choices, diffs, forms.
package dialog

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/keymap"
)

// Keys are the actions of dialogs.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "dialog.accept", Keys: []string{"enter", "ctrl+s"}, Short: "ok", Help: "accept"},
		{ID: "dialog.forward", Keys: []string{"enter"}, Short: "next", Help: "to the next field"},
		{ID: "dialog.line", Keys: []string{"enter"}, Short: "new line", Help: "begin a new line in a text of many lines"},
		{ID: "dialog.save", Keys: []string{"ctrl+s"}, Short: "ok", Help: "accept, from any field and within a text of many lines"},
		{ID: "dialog.cancel", Keys: []string{"esc"}, Short: "cancel", Help: "close without doing anything"},
		{ID: "dialog.token", Keys: []string{"ctrl+t"}, Short: "data token", Help: "choose a data token and put it into the text"},
		{ID: "dialog.pick", Keys: []string{"ctrl+t"}, Short: "choose", Help: "choose from a list and put it into the text"},
		{ID: "dialog.change", Keys: []string{"space", "left", "right"}, Short: "change", Help: "change a choice or a switch"},
		{ID: "dialog.next", Keys: []string{"tab"}, Short: "next field", Help: "to the next field"},
		{ID: "dialog.prev", Keys: []string{"shift+tab"}, Short: "back", Help: "to the field before", Quiet: true},
		{ID: "dialog.up", Keys: []string{"up"}, Short: "up", Help: "one up", Quiet: true},
		{ID: "dialog.down", Keys: []string{"down"}, Short: "down", Help: "one down", Quiet: true},
		{ID: "dialog.flip", Keys: []string{"space", "left", "right", "tab", "shift+tab"}, Short: "other answer", Help: "go to the other answer of a question", Quiet: true},
	}
}

// ConfirmOptions ask before something is done.
type ConfirmOptions struct {
	Title, Text string
	// Details are sentences listed below the text.
	Details []string
	// Yes says what is done: "Uninstall".
	Yes string
	// Danger tells that it cannot be undone: then enter is not enough at once, the answer starts at Cancel.
	Danger bool
	Do     func() tea.Cmd
}

// InputOptions ask for a text.
type InputOptions struct {
	Title, Label, Value, Placeholder, Hint string
	// Multi takes several lines; ctrl+s accepts then. Height is how many are shown, 8 by default.
	Multi  bool
	Height int
	// Check says why a text cannot be taken, nil when it can.
	Check func(string) error
	// TokenSource gives the data tokens that can be put into the text.
	TokenSource func() []service.TokenChoice
	Do          func(string) tea.Cmd
}

// SecretOptions ask for a key or a passphrase.
type SecretOptions struct {
	Title, Text, Hint string
	// Exact takes the text as it is, as passphrases are: quotes and blanks around it count.
	Exact bool
	Check func(secret.Secret) error
	Do    func(secret.Secret) tea.Cmd
}

// Choice is one of several.
type Choice struct {
	ID, Title, Detail string
	// Disabled says why it cannot be chosen, "" when it can.
	Disabled string
}

// ChooseOptions ask for one of several.
type ChooseOptions struct {
	Title string
	Items []Choice
	// At is the ID that is selected first.
	At string
	// Ordered keeps the order of the items where letters filter them, as for those that stand below each other for a reason.
	Ordered bool
	Do      func(Choice) tea.Cmd
}

// ShowOptions show a text, or lines that are drawn already.
type ShowOptions struct {
	Title, Text string
	Drawn       []string
}

// DiffOptions show a change to a file before it is made.
type DiffOptions struct {
	Title    string
	Proposal *service.Proposal
	// Yes says what accepting does: "Write the file".
	Yes string
	Do  func() tea.Cmd
}

// Kind is what kind of value a Field takes.
type Kind int

// The kinds.
const (
	KindText Kind = iota
	KindArea
	KindChoice
	KindBool
)

// Field is one value that a Form asks for.
type Field struct {
	ID, Label string
	Kind      Kind
	// Value is where it starts: a text, the ID of an option, "true" or "false".
	Value   string
	Options []Choice
	Hint    string
	Check   func(string) error
	// Disabled says for the values of the form why this one cannot be given, "" when it can.
	Disabled func(values map[string]string) string
	// TokenSource gives the data tokens that can be put into the text.
	TokenSource func() []service.TokenChoice
	// Picks gives choices whose IDs can be put into the text, which is a list with commas.
	Picks func() []Choice
}

// FormOptions ask for several values.
type FormOptions struct {
	Title, Text string
	Fields      []Field
	// Touched tells that the values it starts with are not saved yet, as after a look at what they would change.
	Touched bool
	Do      func(map[string]string) tea.Cmd
}

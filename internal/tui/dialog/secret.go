package dialog

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/secret"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// typed is a text that must not be seen while it is typed. It hangs on a closure, where printers that walk through private fields by
// reflection stop; it prints nothing of itself, in every format, and is overwritten when the dialog closes.
type typed struct {
	open func() *[]byte
}

// mostSecret is how many bytes are kept: the buffer never grows, so that no copies of it stay behind.
const mostSecret = 8192

func newTyped() typed {
	b := make([]byte, 0, mostSecret)
	return typed{open: func() *[]byte { return &b }}
}

// String is the same for every text.
func (t typed) String() string { return "(hidden)" }

// GoString is the same for every text.
func (t typed) GoString() string { return "(hidden)" }

// Format writes the same for every text and every verb.
func (t typed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(hidden)") }

// add takes what is typed or pasted; false when there is no room for it, and then nothing of it is kept.
func (t typed) add(s string) bool {
	b := t.open()
	if len(*b)+len(s) > mostSecret {
		return false
	}
	*b = append(*b, s...)
	return true
}

func (t typed) back() {
	b := t.open()
	_, size := utf8.DecodeLastRune(*b)
	clear((*b)[len(*b)-size:])
	*b = (*b)[:len(*b)-size]
}

func (t typed) wipe() {
	b := t.open()
	clear((*b)[:cap(*b)])
	*b = (*b)[:0]
}

// bullets is how many are shown: one a character, and no more than 24, so that the length stays hidden.
func (t typed) bullets() int { return min(24, utf8.RuneCount(*t.open())) }

// secret makes a Secret of the text without what pasting brings along around it.
func (t typed) secret() secret.Secret {
	return secret.New(strings.TrimFunc(string(*t.open()), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'`“”„‘’‚«»", r)
	}))
}

// exact makes a Secret of the text, without the line break that pasting brings along.
func (t typed) exact() secret.Secret {
	return secret.New(strings.TrimRight(string(*t.open()), "\r\n"))
}

type secretDialog struct {
	env     *ui.Env
	o       SecretOptions
	text    typed
	problem string
}

// Secret asks for a key or a passphrase. What is typed or pasted is never drawn; only bullets are.
func Secret(env *ui.Env, o SecretOptions) ui.Dialog {
	return &secretDialog{env: env, o: o, text: newTyped()}
}

func (s *secretDialog) Title() string { return s.o.Title }
func (s *secretDialog) Typing() bool  { return true }

func (s *secretDialog) Bindings() []ui.Binding {
	return []ui.Binding{ui.On("dialog.accept", s.accept), ui.On("dialog.cancel", func() tea.Cmd {
		s.text.wipe()
		return ui.Close(nil)
	})}
}

func (s *secretDialog) accept() tea.Cmd {
	key := s.text.secret()
	if s.o.Exact {
		key = s.text.exact()
	}
	if key.IsZero() {
		s.problem = "Nothing was typed yet."
		return nil
	}
	if s.o.Check != nil {
		if err := s.o.Check(key); err != nil {
			s.problem = key.Hide(sentence(err))
			key.Zero()
			return nil
		}
	}
	s.text.wipe()
	if s.o.Do == nil {
		return ui.Close(nil)
	}
	return ui.Close(s.o.Do(key))
}

// sentence is an error with its hint, if it has one.
func sentence(err error) string {
	var e *secret.Error
	if errors.As(err, &e) && e.Hint != "" {
		return e.Message + " " + strings.ToUpper(e.Hint[:1]) + e.Hint[1:] + "."
	}
	return err.Error()
}

func (s *secretDialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		s.take(msg.Content)
	case tea.KeyPressMsg:
		switch key := msg.String(); {
		case key == "backspace" || key == "ctrl+h":
			s.text.back()
		case key == "ctrl+u" || key == "ctrl+w":
			s.text.wipe()
		case msg.Text != "":
			s.take(msg.Text)
		default:
			return pressBound(s.env, s.Bindings(), key)
		}
	}
	return nil
}

func (s *secretDialog) take(what string) {
	s.problem = ""
	if !s.text.add(what) {
		s.problem = "This is too long to be a key or a passphrase; it was not taken."
	}
}

func (s *secretDialog) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	th := s.env.Theme
	var lines []string
	for _, l := range paragraphs(s.o.Text, width) {
		lines = append(lines, th.Text.Render(l))
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	at := len(lines)
	lines = append(lines, text.Cut(th.Key.Render("› ")+th.Strong.Render(strings.Repeat("•", s.text.bullets()))+th.Text.Reverse(true).Render(" "), width))
	lines = append(lines, below(s.env, s.problem, s.o.Hint, width)...)
	return strings.Join(window(s.env, lines, at, min(len(lines)-1, at+2), width, height), "\n")
}

// below is what stands under a value: why it cannot be taken, or else a hint.
func below(env *ui.Env, problem, hint string, width int) []string {
	var lines []string
	if problem != "" {
		for i, l := range text.Wrap(problem, max(1, width-2)) {
			lead := "  "
			if i == 0 {
				lead = "✗ "
			}
			lines = append(lines, text.Cut(env.Theme.Bad.Render(lead+l), width))
		}
		return lines
	}
	for _, l := range paragraphs(hint, width) {
		lines = append(lines, env.Theme.Hint.Render(l))
	}
	return lines
}

// TakesKeys tells that a pasted key is welcome here: it is not drawn.
func (s *secretDialog) TakesKeys() bool { return true }

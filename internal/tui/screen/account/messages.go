package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// What the place's own commands bring.
type (
	// placesMsg are the places that can keep a key.
	placesMsg struct {
		flow   *connecting
		places []service.KeyPlace
		err    error
	}
	// connectedMsg is how connecting a key went.
	connectedMsg struct {
		flow *connecting
		done *service.Connected
		err  error
	}
	// verifiedMsg is how checking the connected key went.
	verifiedMsg struct {
		done *service.Connected
		err  error
	}
	// unlockedMsg is whether a passphrase opened the key file; then goes on with what needed it.
	unlockedMsg struct {
		err  error
		then func() tea.Cmd
	}
	// removedMsg is how uninstalling went.
	removedMsg struct {
		done *service.Removed
		err  error
	}
)

// cancelled tells that a person gave up a task.
func cancelled(err error) bool { return errors.Is(err, context.Canceled) }

// changed makes everything that is known be read again, at once: a person waits for it.
func (s *Screen) changed(notes []string) {
	s.said, s.page.lines = notes, nil
	s.status.renew()
	s.listing.renew()
}

const checking = "checking the key with OpenAI"

// cost says what a check sends and may cost.
const cost = "Checking sends two things: a request for the list of models, which is free, and one question of a few words to the cheapest model allowed, answered in 16 tokens at most. That costs a small fraction of a cent."

// verify checks the connected key again.
func (s *Screen) verify() tea.Cmd {
	s.changed(nil)
	var done *service.Connected
	account := s.env.Services.Account
	return tea.Batch(ui.Note("One question of 16 output tokens at most is asked: a small fraction of a cent."), ui.Start(ui.Task{Name: checking, Quiet: true,
		Run: func(ctx context.Context) (string, error) {
			var err error
			if done, err = account.Verify(ctx); err != nil {
				return "", err
			}
			return "The key is in order. " + asked(done), nil
		},
		Done: func(err error) tea.Msg { return verifiedMsg{done, err} }}))
}

// asked says whom the check asked and what it cost.
func asked(c *service.Connected) string {
	parts := []string{}
	if c.Probe != "" {
		question := "The check asked " + c.Probe + " one question"
		if c.CostUSD != "" {
			question += " for $" + c.CostUSD
		}
		parts = append(parts, question+".")
	}
	if n := len(c.Models); n > 0 {
		parts = append(parts, "The key may use "+report.Count(int64(n), "models")+".")
	}
	return strings.Join(parts, " ")
}

func (s *Screen) verified(msg verifiedMsg) tea.Cmd {
	switch {
	case msg.err == nil:
		s.changed(msg.done.Notes)
		return nil
	case cancelled(msg.err):
		return nil
	case service.CodeOf(msg.err) == service.CodePassphrase:
		return s.unlock(msg.err.Error(), s.verify)
	}
	s.changed(nil)
	return ui.Fail(s.here(msg.err))
}

// here is an error with the hint in terms of this place.
func (s *Screen) here(err error) error {
	e := *service.AsError(err)
	e.Hint = s.todo(&e)
	return &e
}

// unlock asks for the passphrase of the key file, and goes on when it opens it.
func (s *Screen) unlock(why string, then func() tea.Cmd) tea.Cmd {
	account := s.env.Services.Account
	return ui.Open(dialog.Secret(s.env, dialog.SecretOptions{Title: "Passphrase of the key file", Exact: true, Text: why, Hint: "It is kept until the program ends, and stored nowhere.",
		Do: func(pass secret.Secret) tea.Cmd {
			return ui.Start(ui.Task{Name: "opening the key file", Quiet: true,
				Run: func(ctx context.Context) (string, error) { return "", account.Unlock(ctx, pass) },
				Done: func(err error) tea.Msg {
					pass.Zero()
					return unlockedMsg{err, then}
				}})
		}}))
}

func (s *Screen) unlocked(msg unlockedMsg) tea.Cmd {
	switch {
	case msg.err == nil:
		return msg.then()
	case cancelled(msg.err):
		return nil
	case service.CodeOf(msg.err) == "wrong_passphrase":
		return s.unlock(told(service.AsError(msg.err)), msg.then)
	}
	return ui.Fail(s.here(msg.err))
}

// confirmUninstall says what stops working before the key is removed.
func (s *Screen) confirmUninstall() tea.Cmd {
	o := dialog.ConfirmOptions{Title: "Uninstall the OpenAI account?", Yes: "Uninstall", Danger: true, Do: s.uninstall}
	switch {
	case s.st == nil:
		o.Text = "What is known about the account cannot be read. Uninstalling removes it, and the key from the keyring and from the encrypted file."
	case s.st.Kept == "environment":
		o.Title, o.Yes = "The key is in the environment", "Forget the rest"
		o.Text = "OPENAI_API_KEY was set before this program was started, and only you can take it away: unset OPENAI_API_KEY in your shell, remove it from the file or service that sets it, and start again. Until then live runs go on using it."
		o.Details = []string{"What can be removed here: what is known about the key, and any key of this portal in the keyring or in an encrypted file."}
	case s.st.Kept == "none":
		o.Text = "No key is kept: the server needs none. Uninstalling removes what is known about the account."
	default:
		o.Text = fmt.Sprintf("The key %s, kept %s, is removed from this machine, and what is known about the account with it. The key itself stays valid: revoke it at platform.openai.com/api-keys.", s.st.MaskedKey, keptIn(s.st.Kept))
	}
	if s.st != nil && s.st.Kept != "environment" && s.st.NeedsKey && len(s.st.Workflows) > 0 {
		o.Details = append(o.Details, "No longer able to ask live: "+few(s.st.Workflows)+".")
	}
	o.Details = append(o.Details, "Runs that are stored, and scripted and replayed answers, go on working: they need no account.")
	return ui.Open(dialog.Confirm(s.env, o))
}

// few names the first of many.
func few(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func (s *Screen) uninstall() tea.Cmd {
	var done *service.Removed
	account := s.env.Services.Account
	return ui.Start(ui.Task{Name: "uninstalling the account", Quiet: true,
		Run: func(ctx context.Context) (string, error) {
			var err error
			if done, err = account.Uninstall(ctx); err != nil {
				return "", err
			}
			return gone(done), nil
		},
		Done: func(err error) tea.Msg { return removedMsg{done, err} }})
}

// gone says what uninstalling did.
func gone(r *service.Removed) string {
	out := "Nothing was connected."
	if r.Was {
		out = "The account is uninstalled."
	}
	for i, from := range r.From {
		lead := " The key was removed from "
		if i > 0 {
			lead = " Another was removed from "
		}
		out += lead + map[string]string{"keyring": "the system's keyring", "file": "the encrypted file"}[from] + "."
	}
	if r.EnvironmentStays {
		out += " OPENAI_API_KEY stays: only you can unset it."
	}
	return out
}

func (s *Screen) removed(msg removedMsg) tea.Cmd {
	switch {
	case msg.err == nil:
		s.changed(msg.done.Notes)
		return nil
	case cancelled(msg.err):
		s.changed(nil)
		return nil
	}
	s.changed(nil)
	return ui.Fail(s.here(msg.err))
}

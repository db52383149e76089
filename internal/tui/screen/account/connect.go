package account

import (
	"context"
	"slices"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// connecting is a key on its way in: where it is to be kept, and what was typed for it so far.
type connecting struct {
	// replace puts it in place of the connected one.
	replace bool
	// returns tells that the place back wants the screen when it is done.
	returns bool
	back    ui.Place

	places                []service.KeyPlace
	place                 service.KeyPlace // chosen; without a name for a server that needs no key
	organization, project string
	key, pass             secret.Secret
}

// drop wipes what was typed.
func (c *connecting) drop() {
	c.key.Zero()
	c.pass.Zero()
	c.key, c.pass = secret.Secret{}, secret.Secret{}
}

// asked starts connecting for another place, as soon as it is known what is connected.
func (s *Screen) asked(msg ui.ConnectAccount) tea.Cmd {
	flow := &connecting{returns: msg.Return != ui.Account, back: msg.Return}
	s.focus = onPage
	if s.st == nil || s.status.loader.Busy() || s.status.stale {
		if s.waiting = flow; !s.status.loader.Busy() {
			s.status.renew()
		}
		return nil
	}
	return s.start(flow)
}

// start begins with what makes sense: a first key, or another one in place of a key that does not do.
func (s *Screen) start(flow *connecting) tea.Cmd {
	why := s.whyNotConnect()
	if flow.replace = s.st != nil && s.st.Kept != ""; flow.replace {
		why = s.whyNotReconnect()
	}
	if why != "" {
		return ui.Note(why)
	}
	return s.begin(flow)
}

// begin looks where a key can be kept.
func (s *Screen) begin(flow *connecting) tea.Cmd {
	if s.flow != nil {
		s.flow.drop()
	}
	s.flow = flow
	if s.st != nil {
		flow.organization, flow.project = s.st.Organization, s.st.Project
	}
	var places []service.KeyPlace
	account := s.env.Services.Account
	return ui.Start(ui.Task{Name: "looking where a key can be kept", Quiet: true,
		Run: func(ctx context.Context) (string, error) {
			var err error
			places, err = account.Places(ctx)
			return "", err
		},
		Done: func(err error) tea.Msg { return placesMsg{flow, places, err} }})
}

func (s *Screen) placed(msg placesMsg) tea.Cmd {
	switch {
	case msg.flow != s.flow || cancelled(msg.err):
		return nil
	case msg.err != nil:
		return ui.Fail(s.here(msg.err))
	}
	s.flow.places = msg.places
	return s.choosePlace(msg.flow)
}

// Choices that are no places.
const (
	noKey    = "no key"
	identity = "identity"
)

// choosePlace asks where the key is to be kept, with a reason for every place that cannot.
func (s *Screen) choosePlace(flow *connecting) tea.Cmd {
	var items []dialog.Choice
	at := ""
	if !s.needsKey() {
		items, at = append(items, dialog.Choice{ID: noKey, Title: "No key: this server needs none", Detail: s.st.BaseURL + " is asked without one."}), noKey
	}
	for _, p := range flow.places {
		c := dialog.Choice{ID: p.Name, Title: p.Label, Disabled: p.Unusable}
		switch p.Name {
		case "keyring":
			c.Title, c.Detail = "System's keyring: "+p.Label, "The operating system keeps it, for this user only. No passphrase is asked for."
		case "file":
			c.Title, c.Detail = "Encrypted file", p.Label+", with a passphrase that is asked for when a live run needs the key."
		case "environment":
			c.Title, c.Detail = "Environment: "+p.Label, "It is used as it is, stored nowhere, and comes before any other key."
			if p.Unusable != "" {
				c.Disabled += " Set it in your shell and start again, or choose another place."
			}
		}
		if c.Disabled == "" && (at == "" || flow.replace && p.Name == s.st.Kept) { // another key goes where the one in use is
			at = p.Name
		}
		items = append(items, c)
	}
	who := "Project keys need neither. Now: none is named."
	if flow.organization != "" || flow.project != "" {
		who = "Now: organization " + orNone(flow.organization) + ", project " + orNone(flow.project) + "."
	}
	items = append(items, dialog.Choice{ID: identity, Title: "First name an organization or a project …", Detail: who})
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: "Where is the key to be kept?", Items: items, At: at, Do: func(c dialog.Choice) tea.Cmd { return s.chosen(flow, c.ID) }}))
}

func orNone(id string) string {
	if id == "" {
		return "none"
	}
	return id
}

func (s *Screen) needsKey() bool { return s.st == nil || s.st.NeedsKey }

func (s *Screen) chosen(flow *connecting, id string) tea.Cmd {
	switch id {
	case identity:
		return s.askIdentity(flow)
	case noKey:
		flow.place = service.KeyPlace{}
		return s.check(flow)
	}
	if i := slices.IndexFunc(flow.places, func(p service.KeyPlace) bool { return p.Name == id }); i >= 0 {
		flow.place = flow.places[i]
	}
	if id == "environment" {
		return s.check(flow)
	}
	return s.askKey(flow)
}

// askIdentity asks for the organization and the project that requests are to name.
func (s *Screen) askIdentity(flow *connecting) tea.Cmd {
	return ui.Open(&keyless{dialog.Form(s.env, dialog.FormOptions{Title: "Organization and project", Text: "Named in requests to OpenAI. Leave both empty for a key that belongs to a project.",
		Fields: []dialog.Field{{ID: "organization", Label: "Organization", Value: flow.organization, Hint: "org-…, from platform.openai.com, Settings, Organization", Check: noKeyHere},
			{ID: "project", Label: "Project", Value: flow.project, Hint: "proj_…, from platform.openai.com, Settings, Project", Check: noKeyHere}},
		Do: func(v map[string]string) tea.Cmd {
			flow.organization, flow.project = v["organization"], v["project"]
			return s.choosePlace(flow)
		}})})
}

// keyless is a dialog that shows what is typed, and therefore takes no key that is pasted.
type keyless struct{ ui.Dialog }

// Update gives everything but keys to the dialog.
func (k *keyless) Update(msg tea.Msg) tea.Cmd {
	if paste, is := msg.(tea.PasteMsg); is && noKeyHere(paste.Content) != nil {
		return ui.Note(noKeyHere(paste.Content).Error())
	}
	return k.Dialog.Update(msg)
}

// noKeyHere refuses a key that was pasted into a field that shows what is typed.
func noKeyHere(text string) error {
	if secret.HoldsKey(text) {
		return &service.Error{Code: "refused", Message: "This looks like a key, not like an id. The key is asked for next, without being shown."}
	}
	return nil
}

// guarded is a dialog that wipes what was typed before it when it is cancelled; with answered, also after an answer that did not set it.
type guarded struct {
	ui.Dialog
	drop     func()
	answered *bool
}

// Bindings are those of the dialog.
func (g *guarded) Bindings() []ui.Binding {
	list := slices.Clone(g.Dialog.Bindings())
	for i := range list {
		if do := list[i].Do; list[i].ID == "dialog.cancel" {
			list[i].Do = func() tea.Cmd {
				g.drop()
				return do()
			}
		} else if list[i].ID == "dialog.accept" && g.answered != nil {
			list[i].Do = func() tea.Cmd {
				cmd := do()
				if !*g.answered {
					g.drop()
				}
				return cmd
			}
		}
	}
	return list
}

// TakesKeys is the dialog's own answer, which embedding hides.
func (g *guarded) TakesKeys() bool {
	d, is := g.Dialog.(interface{ TakesKeys() bool })
	return is && d.TakesKeys()
}

func (s *Screen) openGuarded(flow *connecting, o dialog.SecretOptions) tea.Cmd {
	return ui.Open(&guarded{Dialog: dialog.Secret(s.env, o), drop: flow.drop})
}

// askKey asks for the key.
func (s *Screen) askKey(flow *connecting) tea.Cmd {
	title, text := "OpenAI API key", "Paste or type the key for "+s.server()+". It is not shown, and it goes there only."
	if flow.replace {
		title, text = "New OpenAI API key", text+" The old key stays until the new one works."
	}
	return s.openGuarded(flow, dialog.SecretOptions{Title: title, Text: text, Hint: cost, Check: wellFormed, Do: func(key secret.Secret) tea.Cmd {
		flow.key.Zero()
		flow.key = key
		if flow.place.Passphrase && flow.pass.IsZero() {
			return s.askPassphrase(flow, "")
		}
		return s.check(flow)
	}})
}

func (s *Screen) server() string {
	if s.st == nil || s.st.BaseURL == "" {
		return "OpenAI"
	}
	return s.st.BaseURL
}

// wellFormed refuses what cannot be a key, before anything is sent.
func wellFormed(key secret.Secret) error {
	_, err := secret.Parse(key.Reveal())
	return err
}

const leastPassphrase = 8

// askPassphrase asks twice for the passphrase that the key file gets: nobody can recover a mistyped one.
func (s *Screen) askPassphrase(flow *connecting, why string) tea.Cmd {
	if why == "" {
		why = "The key is written to a file that only this passphrase opens."
	}
	return s.openGuarded(flow, dialog.SecretOptions{Title: "Passphrase for the key file", Exact: true, Text: why, Hint: "8 characters or more. A lost passphrase cannot be recovered; the key is then connected anew.",
		Check: func(pass secret.Secret) error {
			if utf8.RuneCountInString(pass.Reveal()) < leastPassphrase {
				return &service.Error{Code: "refused", Message: "The passphrase is too short: it needs 8 characters or more."}
			}
			if secret.HoldsKey(pass.Reveal()) {
				return &service.Error{Code: "refused", Message: "This is an API key. The passphrase is a word of your own that the key file is locked with."}
			}
			return nil
		},
		Do: func(pass secret.Secret) tea.Cmd {
			flow.pass.Zero()
			flow.pass = pass
			return s.repeatPassphrase(flow)
		}})
}

func (s *Screen) repeatPassphrase(flow *connecting) tea.Cmd {
	return s.openGuarded(flow, dialog.SecretOptions{Title: "The passphrase once more", Exact: true, Text: "Type the same passphrase again.", Hint: "Cancel and connect again to choose another one.",
		Check: func(again secret.Secret) error {
			if !again.Equal(flow.pass) {
				return &service.Error{Code: "refused", Message: "This is not the same passphrase."}
			}
			return nil
		},
		Do: func(again secret.Secret) tea.Cmd {
			again.Zero()
			return s.check(flow)
		}})
}

// check has the key checked with OpenAI, and kept when it works.
func (s *Screen) check(flow *connecting) tea.Cmd {
	request := service.ConnectRequest{Key: flow.key, Replace: flow.replace, Store: flow.place.Name, Organization: flow.organization, Project: flow.project, Passphrase: flow.pass}
	var done *service.Connected
	account := s.env.Services.Account
	return ui.Start(ui.Task{Name: checking, Quiet: true,
		Run: func(ctx context.Context) (string, error) {
			var err error
			if done, err = account.Connect(ctx, request); err != nil {
				return "", err
			}
			return "Connected. " + asked(done), nil
		},
		Done: func(err error) tea.Msg { return connectedMsg{flow, done, err} }})
}

// connected takes how it went.
func (s *Screen) connected(msg connectedMsg) tea.Cmd {
	flow := msg.flow
	switch {
	case msg.err == nil:
		flow.drop()
		s.changed(msg.done.Notes)
		if s.flow == flow {
			s.flow = nil
		}
		if flow.returns {
			return ui.GoTo(flow.back, nil)
		}
		return nil
	case service.CodeOf(msg.err) == service.CodePassphrase && s.flow == flow:
		flow.place.Passphrase = true
		return s.askPassphrase(flow, msg.err.Error())
	}
	s.changed(nil)
	if cancelled(msg.err) || s.flow != flow {
		flow.drop()
		return nil
	}
	flow.key.Zero() // the passphrase that was given twice stays for another key
	flow.key = secret.Secret{}
	return s.refused(flow, service.AsError(msg.err))
}

// refused explains why a key was not connected, and offers what comes next.
func (s *Screen) refused(flow *connecting, e *service.Error) tea.Cmd {
	o := dialog.ConfirmOptions{Title: "The key was not connected", Text: sentence(e.Message), Yes: "Try another key", Do: func() tea.Cmd { return s.askKey(flow) }}
	if todo := s.todo(e); todo != "" {
		o.Details = append(o.Details, todo)
	}
	if !flow.replace {
		o.Details = append(o.Details, "Nothing was stored.")
	}
	env := slices.IndexFunc(flow.places, func(p service.KeyPlace) bool { return p.Name == "environment" && p.HasKey })
	switch e.Code {
	case "already_connected":
		o.Yes, o.Do = "Replace the connected key", func() tea.Cmd {
			return s.begin(&connecting{replace: true, returns: flow.returns, back: flow.back})
		}
		if env >= 0 {
			o.Yes, o.Do = "Check the key in OPENAI_API_KEY", s.verify
			o.Details = []string{"To use another key, unset OPENAI_API_KEY in your shell and start again."}
		}
	case service.CodeNotConnected:
		o.Yes, o.Do = "Connect a key", func() tea.Cmd { return s.begin(&connecting{returns: flow.returns, back: flow.back}) }
	case "wrong_passphrase", "weak_passphrase", "key_file_unusable":
		flow.drop()
		o.Yes, o.Do = "Choose another place", func() tea.Cmd { return s.begin(flow) }
	case "keyring_unavailable", "keyring_timeout", "no_key_store", "key_store_read_only":
		o.Yes, o.Do = "Choose another place", func() tea.Cmd { return s.begin(flow) }
	default:
		if flow.place.Name == "environment" || flow.place.Name == "" {
			o.Yes, o.Do = "Choose another place", func() tea.Cmd { return s.begin(flow) }
		}
	}
	answered, do := false, o.Do
	o.Do = func() tea.Cmd {
		answered = true
		return do()
	}
	return ui.Open(&guarded{Dialog: dialog.Confirm(s.env, o), drop: flow.drop, answered: &answered})
}

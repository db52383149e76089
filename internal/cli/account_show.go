package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"askflow/internal/account"
	"askflow/internal/custody"
	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/secret"
)

type accountJSON struct {
	Connected     bool       `json:"connected"`
	Kept          string     `json:"kept,omitempty"`
	Key           string     `json:"key,omitempty"` // masked
	Organization  string     `json:"organization,omitempty"`
	Project       string     `json:"project,omitempty"`
	BaseURL       string     `json:"baseUrl"`
	ConnectedAt   *time.Time `json:"connectedAt,omitempty"`
	CheckedAt     *time.Time `json:"checkedAt,omitempty"`
	Result        string     `json:"result,omitempty"`
	Models        []string   `json:"models"`
	AllowedModels int        `json:"allowedModels"`
	// Limits are what the account said when it was last asked.
	Limits []account.Limit `json:"limits,omitempty"`
	Locked bool            `json:"locked"`
	Notes  []string        `json:"notes"`
}

func jsonOfAccount(e *emulator.Emulator, st *account.Status) accountJSON {
	j := accountJSON{Connected: st.Connected, Kept: st.Kept, Key: st.MaskedKey, Organization: st.Organization, Project: st.Project, BaseURL: st.BaseURL,
		ConnectedAt: momentOf(st.ConnectedAt), CheckedAt: momentOf(st.VerifiedAt), Result: st.Result, Models: st.Models, Limits: st.Limits, Locked: st.Locked, Notes: st.Notes}
	allowed := e.Portal.Settings.OpenAI.AllowedModels
	for _, id := range st.Models {
		if len(allowed) == 0 || slices.Contains(allowed, id) {
			j.AllowedModels++
		}
	}
	if j.Models == nil {
		j.Models = []string{}
	}
	if j.Notes == nil {
		j.Notes = []string{}
	}
	return j
}

func momentOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// showAccount shows what is known, after checking the key once more if that is wanted.
func (a *App) showAccount(ctx context.Context, again bool, output string) error {
	e, acc, err := a.account(ctx)
	if err != nil {
		return err
	}
	var notes []string
	if again {
		done, err := acc.Verify(ctx)
		a.log.Info("account check", "result", custody.Result(err))
		if err != nil {
			return custody.AsError(err)
		}
		notes = done.Status.Notes
	}
	st, err := acc.Show(ctx)
	if err != nil {
		return custody.AsError(err)
	}
	st.Notes = append(notes, st.Notes...)
	j := jsonOfAccount(e, st)
	switch output {
	case "json":
		return writeJSON(a.out, map[string]any{"account": j})
	case "jsonl":
		return writeJSONLine(a.out, j)
	}
	style := a.style()
	title := "No OpenAI account is connected."
	switch {
	case j.Connected:
		title = "An OpenAI account is connected."
	case j.Kept != "":
		title = "An OpenAI account is connected, but cannot be used."
	}
	_, _ = fmt.Fprintln(a.out, style.Head(title))
	table := report.Table{Grow: 1}
	for _, row := range accountRows(j) {
		if row[1] != "" {
			table.Rows = append(table.Rows, []string{"  " + row[0], report.Safe(row[1])})
		}
	}
	if err := table.Write(a.out, style); err != nil {
		return err
	}
	for _, n := range j.Notes {
		_, _ = fmt.Fprintln(a.out, report.Safe(n))
	}
	if j.Kept == "" && !j.Locked {
		a.note("Connect one: %s", a.errStyle().Link("emulator account connect"+a.again()))
	}
	return nil
}

func accountRows(j accountJSON) [][2]string {
	checked := ""
	if j.Kept != "" && j.CheckedAt == nil {
		checked = "never"
	}
	if j.CheckedAt != nil {
		checked = when(j.CheckedAt) + ": " + j.Result
	}
	models := ""
	if len(j.Models) > 0 {
		models = modelsSentence(len(j.Models), j.AllowedModels)
	}
	rows := [][2]string{{"key", j.Key}, {"kept", keptWhere(j.Kept)}, {"organization", j.Organization}, {"project", j.Project}, {"server", j.BaseURL},
		{"connected", when(j.ConnectedAt)}, {"last checked", checked}, {"models", models}}
	for _, l := range j.Limits {
		rows = append(rows, [2]string{"limits of " + l.Model, limitSentence(l)})
	}
	return rows
}

// limitSentence says what an account may send for a model.
func limitSentence(l account.Limit) string {
	var parts []string
	if l.Requests > 0 {
		parts = append(parts, report.Count(int64(l.Requests), "requests"))
	}
	if l.Tokens > 0 {
		parts = append(parts, report.Count(int64(l.Tokens), "tokens"))
	}
	return strings.Join(parts, ", ") + " a minute, as of " + when(&l.SeenAt)
}

func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

func keptWhere(kept string) string {
	switch kept {
	case secret.InEnvironment:
		return "in the environment (OPENAI_API_KEY)"
	case secret.InKeyring:
		return "in the system's keyring"
	case secret.InFile:
		return "in an encrypted file"
	case account.KeptNone:
		return "the server needs no key"
	}
	return ""
}

func modelsSentence(n, allowed int) string {
	s := counted(n, "model")
	if allowed != n {
		s += fmt.Sprintf(", %d of them allowed in this portal", allowed)
	}
	return s
}

type connectedAssistantJSON struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Model string `json:"model"`
	// ModelOffered tells whether the key may use the assistant's model; left out when that is not known.
	ModelOffered *bool `json:"modelOffered,omitempty"`
}

type connectedJSON struct {
	Account    accountJSON              `json:"account"`
	Asked      string                   `json:"asked,omitempty"` // the model that was asked the check's question
	CostUSD    string                   `json:"costUsd,omitempty"`
	Assistants []connectedAssistantJSON `json:"assistants"`
}

// showConnected ends connect and reconnect: what was kept where, how many models the key may use, the assistants.
func (a *App) showConnected(e *emulator.Emulator, done *account.Connected, output string) error {
	j := connectedJSON{Account: jsonOfAccount(e, done.Status), Asked: done.Check.Probe, CostUSD: done.Check.CostUSD, Assistants: []connectedAssistantJSON{}}
	for _, s := range e.Portal.Assistants {
		one := connectedAssistantJSON{ID: s.ID, Name: s.Name, Model: s.Model}
		if done.Check.Listed {
			offered := slices.Contains(done.Check.Models, s.Model)
			one.ModelOffered = &offered
		}
		j.Assistants = append(j.Assistants, one)
	}
	switch output {
	case "json":
		return writeJSON(a.out, j)
	case "jsonl":
		return writeJSONLine(a.out, j)
	}
	style := a.style()
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintln(a.out, report.Safe(fmt.Sprintf(format, args...)))
	}
	switch done.Status.Kept {
	case account.KeptNone:
		_, _ = fmt.Fprintln(a.out, style.Good("Connected, without a key."))
	default:
		_, _ = fmt.Fprintln(a.out, style.Good(report.Safe("Connected. The key "+done.Status.MaskedKey+" is kept "+keptWhere(done.Status.Kept)+".")))
	}
	if done.Check.Probe != "" {
		cost := ""
		if done.Check.CostUSD != "" {
			cost = " It cost $" + done.Check.CostUSD + "."
		}
		say("%s answered the check's question.%s", done.Check.Probe, cost)
	}
	if done.Check.Listed {
		say("The key may use %s.", modelsSentence(len(done.Check.Models), done.Check.Allowed))
	}
	for _, n := range done.Status.Notes {
		say("%s", n)
	}
	if len(j.Assistants) == 0 {
		say("The portal has no assistants yet; files in assistants/ define them.")
		return nil
	}
	_, _ = fmt.Fprintln(a.out)
	return assistantsTable(j.Assistants).Write(a.out, style)
}

func assistantsTable(assistants []connectedAssistantJSON) *report.Table {
	table := &report.Table{Head: []string{"ASSISTANT", "NAME", "MODEL", "THE KEY MAY USE IT"}, Grow: 1}
	for _, s := range assistants {
		offered := "not known"
		if s.ModelOffered != nil {
			offered = map[bool]string{true: "yes", false: "no"}[*s.ModelOffered]
		}
		table.Rows = append(table.Rows, []string{report.Safe(s.ID), report.Safe(s.Name), report.Safe(s.Model), offered})
	}
	return table
}

type removedJSON struct {
	WasConnected     bool     `json:"wasConnected"`
	RemovedFrom      []string `json:"removedFrom"`
	EnvironmentStays bool     `json:"environmentStays"`
	Workflows        []string `json:"workflowsThatCannotAskLive"`
	Notes            []string `json:"notes"`
}

func (a *App) showRemoved(r *account.Removed, output string) error {
	j := removedJSON{WasConnected: r.Was, RemovedFrom: emptyList(r.From), EnvironmentStays: r.EnvironmentStays, Workflows: emptyList(r.Workflows), Notes: emptyList(r.Notes)}
	switch output {
	case "json":
		return writeJSON(a.out, map[string]any{"uninstalled": j})
	case "jsonl":
		return writeJSONLine(a.out, j)
	}
	say := func(s string) { _, _ = fmt.Fprintln(a.out, report.Safe(s)) }
	switch {
	case len(r.From) > 0:
		say("Uninstalled. The key was removed from the " + strings.Join(r.From, " and the ") + ".")
	case r.Was:
		say("Uninstalled.")
	default:
		say("No OpenAI account was connected; there was nothing to remove.")
	}
	if r.EnvironmentStays {
		say("OPENAI_API_KEY is still set in the environment, where only you can remove it: unset OPENAI_API_KEY")
	}
	for _, n := range r.Notes {
		say(n)
	}
	if len(r.Workflows) > 0 {
		say("These workflows can no longer ask live: " + strings.Join(r.Workflows, ", ") + ".")
	}
	say("Scripted and replayed runs go on as before.")
	return nil
}

func emptyList(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

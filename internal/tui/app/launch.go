package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// launchedMsg is how starting a run went.
type launchedMsg struct {
	place   ui.Place
	request service.RunRequest
	started *service.Started
	err     error
}

// launch starts a run with what was chosen for the next one. One run is started at a time, so that a key that is held down
// does not start, and pay for, several.
func (a *App) launch(place ui.Place, msg ui.LaunchMsg) tea.Cmd {
	if a.launching {
		return a.say("A run is being started already.")
	}
	a.launching = true
	out := launchedMsg{place: place, request: a.env.Settings.Fill(msg.Request, msg.Decided)}
	launcher := a.env.Services.Launcher
	return a.tasks.start(a, place, ui.Task{Name: "starting the run", Quiet: true, Run: func(ctx context.Context) (string, error) {
		out.started, out.err = launcher.Start(ctx, out.request)
		return "", out.err
	}, Done: func(error) tea.Msg { return out }})
}

func (a *App) launched(msg launchedMsg) tea.Cmd {
	a.launching = false
	if errors.Is(msg.err, context.Canceled) {
		return nil // said already
	}
	switch service.CodeOf(msg.err) {
	case "":
		if msg.err != nil {
			return a.fail(msg.place, msg.err)
		}
		return a.goTo(ui.GoToMsg{Place: ui.Runs, Msg: ui.ShowRun{ID: msg.started.Run.ID}})
	case service.CodeNotConnected:
		a.open(msg.place, a.offerConnect(msg))
		return nil
	case service.CodePassphrase:
		a.open(msg.place, a.askPassphrase(msg))
		return nil
	}
	return a.fail(msg.place, msg.err)
}

func (a *App) open(place ui.Place, d ui.Dialog) { a.dialogs = append(a.dialogs, opened{d, place}) }

func (a *App) offerConnect(msg launchedMsg) ui.Dialog {
	return dialog.Confirm(a.env, dialog.ConfirmOptions{Title: "No OpenAI account", Text: msg.err.Error(),
		Details: []string{"Live answers need one. Scripted answers do not: the portal's own work without a key."}, Yes: "connect now",
		Do: func() tea.Cmd { return ui.GoTo(ui.Account, ui.ConnectAccount{Return: msg.place}) }})
}

func (a *App) askPassphrase(msg launchedMsg) ui.Dialog {
	return dialog.Secret(a.env, dialog.SecretOptions{Title: "Passphrase of the key file", Text: msg.err.Error(), Exact: true,
		Do: func(s secret.Secret) tea.Cmd {
			account := a.env.Services.Account
			return ui.Start(ui.Task{Name: "opening the key file", Run: func(ctx context.Context) (string, error) { return "", account.Unlock(ctx, s) },
				Done: func(err error) tea.Msg {
					if err != nil {
						return nil
					}
					return ui.LaunchMsg{Request: msg.request, Decided: true}
				}})
		}})
}

func (a *App) confirmQuit(p *service.Progress) ui.Dialog {
	return dialog.Confirm(a.env, dialog.ConfirmOptions{Title: "A run is asking OpenAI", Danger: true,
		Text:    fmt.Sprintf("Run %s of %s has done %s of %s. Quitting interrupts it; what is done is kept, and it can be resumed.", p.Run, text.Safe(p.Workflow.Name), report.Number(p.Totals.Considered), report.Count(p.Total, "records")),
		Details: []string{"So far it has cost $" + p.Totals.CostUSD + "."}, Yes: "quit", Do: func() tea.Cmd { return tea.Quit }})
}

// endOf says how a run ended, on one line.
func endOf(p *service.Progress) string {
	what := fmt.Sprintf("Run %s of %s: %s, %s", p.Run, text.Safe(p.Workflow.Name), strings.ToLower(string(p.Status)), report.Count(p.Totals.Considered, "records"))
	if p.Totals.FailedSteps > 0 {
		what += ", " + report.Count(p.Totals.FailedSteps, "failed steps")
	}
	if p.Err != nil && p.Status != run.RunInterrupted {
		what += ": " + text.Safe(p.Err.Message)
	}
	return what
}

// fail shows an error; one with findings in files shows them, too.
func (a *App) fail(place ui.Place, err error) tea.Cmd {
	if err == nil {
		return nil
	}
	a.failed = err
	var e *service.Error
	if errors.As(err, &e) && len(e.Problems) > 0 {
		lines := []string{text.Safe(e.Message), ""}
		for _, p := range e.Problems {
			lines = append(lines, text.Safe(p.Where()), "  "+text.Safe(p.Message))
			if p.Hint != "" {
				lines = append(lines, "  "+text.Safe(p.Hint))
			}
		}
		a.open(place, dialog.Show(a.env, dialog.ShowOptions{Title: "This cannot be done yet", Text: strings.Join(lines, "\n")}))
	}
	return nil
}

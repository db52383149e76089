// Package cli is the command line: one file for each command, with its options, how they are parsed, and what runs.
// Results go to stdout, everything else to stderr.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/version"
)

// App is the program. Tests make one with buffers.
type App struct {
	in  io.Reader
	out *output
	err io.Writer

	// common flags
	portal  string
	demo    bool
	noColor bool
	quiet   bool
	verbose bool
	logFile string
	log     *slog.Logger
	closers []io.Closer
	// exit is what a command that did not fail wants to end with.
	exit int
	// custody is where the account commands look for keys.
	custody Custody
	// after, where a command sets it, says what comes next; below whatever went wrong.
	after func()
}

// New makes the program.
func New(in io.Reader, out, err io.Writer) *App {
	return &App{in: in, out: &output{w: out}, err: err, log: slog.New(slog.DiscardHandler)}
}

// Run executes one command line and returns the exit code. An interrupt ends what is running in good order; a second one
// ends the program at once.
func (a *App) Run(ctx context.Context, args []string) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop() // the next interrupt is the system's business
	}()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := execute(ctx, root, args)
	if err == nil {
		err = a.out.failed() // a result that nobody can read is none
	}
	code := a.exit
	if err != nil {
		code = worst(a.fail(err), a.exit)
		a.log.Error("failed", "error", scrub(err.Error()), "exit", code)
	}
	if a.after != nil {
		a.after()
	}
	for _, c := range a.closers {
		_ = c.Close()
	}
	return code
}

// worst picks the exit code that counts: 130 > 2 > 3 > 4 > 1.
func worst(a, b int) int {
	rank := func(code int) int {
		for i, c := range []int{emulator.ExitOK, emulator.ExitFailed, emulator.ExitUnreachable, emulator.ExitAccount, emulator.ExitUsage, emulator.ExitInterrupted} {
			if c == code {
				return i
			}
		}
		return 0
	}
	if rank(a) >= rank(b) {
		return a
	}
	return b
}

// fail prints an error for a person and returns its exit code.
func (a *App) fail(err error) int {
	style := a.errStyle()
	var u usageError
	if errors.As(err, &u) {
		_, _ = fmt.Fprintf(a.err, "%s %s\n", style.Bad("error:"), style.Sentence(report.Safe(scrub(u.message)), 7))
		hint := u.hint
		if hint == "" {
			hint = u.command + " --help shows how"
		}
		_, _ = fmt.Fprintf(a.err, "  %s\n", style.Sentence(report.Safe(scrub(hint)), 2))
		return emulator.ExitUsage
	}
	e := emulator.AsError(err)
	if errors.Is(err, context.Canceled) && e.Exit != emulator.ExitInterrupted {
		e = &emulator.Error{Code: "interrupted", Message: "interrupted before it was done", Exit: emulator.ExitInterrupted}
	}
	if errors.Is(err, run.ErrNotFound) {
		e.Hint = "emulator runs" + a.again() + " lists the runs there are; emulator run WORKFLOW" + a.again() + " makes one"
	}
	if e.Code == "invalid_portal" {
		e.Hint = "emulator validate" + a.again() + " shows everything, warnings too"
	}
	_, _ = fmt.Fprintf(a.err, "%s %s\n", style.Bad("error:"), style.Sentence(report.SafeLines(assistant.Scrub(e.Message)), 7))
	a.printProblems(a.err, style, e.Problems)
	if e.Hint != "" {
		_, _ = fmt.Fprintf(a.err, "  %s\n", style.Sentence(report.Safe(assistant.Scrub(e.Hint)), 2))
	}
	return e.Exit
}

// printProblems lists findings, one a line, at most 20.
func (a *App) printProblems(w io.Writer, style report.Style, problems source.Problems) {
	const most = 20
	for i, p := range problems {
		if i == most {
			_, _ = fmt.Fprintf(w, "  … and %d more\n", len(problems)-most)
			return
		}
		printProblem(w, style, p)
	}
}

func printProblem(w io.Writer, style report.Style, p source.Problem) {
	word, paint := "note", style.Faint
	switch p.Severity {
	case source.SeverityError:
		word, paint = "error", style.Bad
	case source.SeverityWarning:
		word, paint = "warning", style.Warn
	}
	mark, plain := paint(word), word+": "
	where := ""
	if w := report.Safe(p.Where()); w != "" {
		where, plain = style.Link(w)+": ", w+": "+plain
	}
	code := "[" + report.Safe(p.Code) + "]"
	text := style.SentenceAt(report.Width(plain), report.Safe(p.Message)+" "+code, 4)
	text = strings.TrimSuffix(text, code) + style.Faint(code)
	if !strings.HasPrefix(text, "\n") {
		text = " " + text
	}
	_, _ = fmt.Fprintf(w, "%s%s:%s\n", where, mark, text)
	if p.Hint != "" {
		_, _ = fmt.Fprintf(w, "    %s\n", style.Sentence(report.Safe(p.Hint), 4))
	}
}

// Commands is the tree of all commands, to look at: what generates or checks something for each of them takes it from here.
func (a *App) Commands() *cobra.Command { return a.root() }

func (a *App) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "emulator",
		Short: "Rehearse HubSpot workflows that ask OpenAI, on this machine",
		Long: `emulator runs HubSpot workflows with the action "Ask OpenAI Assistant" over fixture records,
offline: every prompt is rendered, every answer used by the actions after it, every step kept.

Try it:  emulator run lead-qualification --demo`,
		Version:       version.String(),
		Args:          oneOf,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.openLog(cmd.CommandPath())
		},
	}
	root.SetVersionTemplate("emulator {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.help(cmd) })
	f := root.PersistentFlags()
	f.StringVar(&a.portal, "portal", "", "the portal folder `DIR` (default: the current folder)")
	f.BoolVar(&a.demo, "demo", false, "use the demo portal that is built in")
	f.BoolVar(&a.noColor, "no-color", false, "no colours (also: NO_COLOR)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "only results and errors")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "say more about what happens")
	f.StringVar(&a.logFile, "log-file", "", "write a log of what happens into `FILE`, as JSON Lines")
	root.AddCommand(a.initCommand(), a.validateCommand(), a.runCommand(), a.planCommand(), a.testCommand(), a.runsCommand(), a.inboxCommand(),
		a.recordsCommand(), a.assistantsCommand(), a.modelsCommand(), a.convertCommand(),
		a.accountCommand(), a.recordingsCommand())
	return root
}

// openLog starts the log, if one is wanted.
func (a *App) openLog(command string) error {
	if a.logFile == "" {
		return nil
	}
	f, err := os.OpenFile(a.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return &emulator.Error{Code: "cannot_write", Message: fmt.Sprintf("--log-file: %v", err), Hint: "name a file in a folder that you may write to", Exit: emulator.ExitUsage}
	}
	a.closers = append(a.closers, f)
	a.log = slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a.log.Info("started", "command", command, "version", version.String())
	return nil
}

// open loads the portal that the flags name.
func (a *App) open(ctx context.Context) (*emulator.Emulator, error) {
	return a.openWith(ctx, a.custody.Transport)
}

// openWith opens the portal with the transport that live questions travel by; nil for the usual one.
func (a *App) openWith(ctx context.Context, transport http.RoundTripper) (*emulator.Emulator, error) {
	var e *emulator.Emulator
	e, err := emulator.Open(ctx, emulator.Options{Dir: a.portal, Demo: a.demo, Version: version.String(), Transport: transport, WallClock: a.custody.Now,
		Account: func() (emulator.Access, error) { return a.access(ctx, e) }})
	if err == nil {
		a.log.Info("portal", "dir", e.Portal.Dir, "problems", len(e.Portal.Problems))
	}
	return e, err
}

// unreadable explains why a workflow that was named is not there: its file has errors. Other errors pass unchanged.
func unreadable(e *emulator.Emulator, name string, err error) error {
	var p *portal.Error
	if !errors.As(err, &p) || p.Code != "unknown_workflow" {
		return err
	}
	var problems source.Problems
	for _, f := range e.Portal.Problems.Errors() {
		base := path.Base(f.File)
		if path.Dir(f.File) == "workflows" && (f.File == name || base == name || strings.TrimSuffix(base, path.Ext(base)) == name) {
			problems = append(problems, f)
		}
	}
	if len(problems) == 0 {
		return err
	}
	return &emulator.Error{Code: "invalid_portal", Exit: emulator.ExitUsage, Problems: problems, Cause: err,
		Message: fmt.Sprintf("the workflow %q cannot be read: it has %s", name, counted(len(problems), "error"))}
}

// again is how the user's way of naming the portal is repeated in suggested commands.
func (a *App) again() string {
	switch {
	case a.demo:
		return " --demo"
	case a.portal != "" && a.portal != ".":
		return " --portal " + quote(a.portal)
	}
	return ""
}

// quote makes a word safe to paste into a shell, and to show.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(report.Safe(s), "'", `'\''`) + "'"
}

// style of stdout.
func (a *App) style() report.Style { return a.styleOf(a.out) }

func (a *App) errStyle() report.Style { return a.styleOf(a.err) }

func (a *App) styleOf(w io.Writer) report.Style {
	s := report.Style{Width: report.PlainWidth}
	if o, wrapped := w.(*output); wrapped {
		w = o.w
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		s.Width = plainWidth(os.Getenv("COLUMNS"))
		return s
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		s.Width = max(40, width)
	}
	_, never := os.LookupEnv("NO_COLOR")
	s.Terminal = true
	s.Color = !a.noColor && !never && os.Getenv("TERM") != "dumb"
	return s
}

// plainWidth is the width of what does not go to a terminal: what COLUMNS says, where a person set it, else always the same.
func plainWidth(columns string) int {
	if n, err := strconv.Atoi(columns); err == nil && n > 0 {
		return min(max(n, 40), 1000)
	}
	return report.PlainWidth
}

// note prints to stderr what is not a result.
func (a *App) note(format string, args ...any) {
	if !a.quiet {
		_, _ = fmt.Fprintf(a.err, format+"\n", args...)
	}
}

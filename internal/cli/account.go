package cli

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"askflow/internal/account"
	"askflow/internal/assistant"
	"askflow/internal/custody"
	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/secret"
)

// Custody is what the account commands take from the machine. Zero members are the machine's own; tests bring theirs.
type Custody struct {
	// Lookup reads environment variables.
	Lookup func(string) (string, bool)
	// Keyring is the system's. It is not used when ASKFLOW_KEYRING is off.
	Keyring secret.Backend
	// ConfigDir is the user's folder for settings; key files lie in askflow/keys below it.
	ConfigDir string
	// Transport carries requests to OpenAI.
	Transport http.RoundTripper
	Now       func() time.Time
	// WorkFactor of key files; secret.DefaultWorkFactor when 0.
	WorkFactor int
}

// WithCustody sets where the account commands look; it returns the program.
func (a *App) WithCustody(c Custody) *App {
	a.custody = c
	return a
}

// account opens the portal and its account.
func (a *App) account(ctx context.Context) (*emulator.Emulator, *account.Account, error) {
	e, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	acc, err := a.accountOf(e)
	return e, acc, err
}

// access is what a run that asks live gets from the account; the key is fetched when it is needed and not before.
func (a *App) access(ctx context.Context, e *emulator.Emulator) (emulator.Access, error) {
	acc, err := a.accountOf(e)
	if err != nil {
		return emulator.Access{}, err
	}
	return custody.Access(ctx, acc)
}

// accountOf is the account of an open portal.
func (a *App) accountOf(e *emulator.Emulator) (*account.Account, error) {
	c := a.custody
	return custody.New(custody.Options{Portal: e.Portal, Lookup: c.Lookup, Keyring: c.Keyring, ConfigDir: c.ConfigDir, Transport: c.Transport, Now: c.Now,
		WorkFactor: c.WorkFactor, Passphrase: a.passphraseAsker(), Progress: func(s string) { a.note("%s", a.errStyle().Faint(report.Safe(s))) }})
}

// keyAsArgument refuses a command line with a key on it.
func keyAsArgument(cmd *cobra.Command) error {
	u := wrongUsage(cmd, "an API key does not belong on the command line, where other programs and the shell's history can read it; the key that was just given is better revoked")
	u.hint = "run emulator account connect without it and paste the key when asked, or pipe the key into the command"
	return u
}

// execute runs a command line, unless a key stands on it: whatever the command, it would end up in names, messages or the
// database.
func execute(ctx context.Context, root *cobra.Command, args []string) error {
	if slices.ContainsFunc(args, secret.HoldsKey) {
		return keyAsArgument(root)
	}
	return root.ExecuteContext(ctx)
}

// noKeyHere refuses arguments without repeating them: they may be a key that was meant for the prompt.
func noKeyHere(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if slices.ContainsFunc(args, secret.LooksLikeKey) {
		return keyAsArgument(cmd)
	}
	if cmd.HasSubCommands() {
		return wrongUsage(cmd, "%s takes show, connect, reconnect or uninstall", cmd.CommandPath())
	}
	return wrongUsage(cmd, "%s takes no arguments", cmd.CommandPath())
}

// scrub takes keys out of what is said about a wrong command line or a failure: OpenAI's anywhere, and words that may be
// keys of others.
func scrub(text string) string {
	text = assistant.Scrub(text)
	apart := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'`=,;:()", r) }
	for _, word := range strings.FieldsFunc(text, apart) {
		if secret.LooksLikeKey(word) && !strings.HasPrefix(word, "sk-…") {
			text = strings.ReplaceAll(text, word, "…")
		}
	}
	return text
}

func (a *App) accountCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "account", Short: "The portal's OpenAI account: show, connect, replace or remove the key", Args: noKeyHere,
		Long: `Show, connect, replace or remove the OpenAI account of a portal; a portal has one.

The key is taken from OPENAI_API_KEY, else from the system's keyring, else from an encrypted file whose passphrase is
asked for or is in ASKFLOW_PASSPHRASE. ASKFLOW_KEYRING=off leaves the keyring alone. The key is never an argument.`,
	}
	show := &cobra.Command{Use: "show", Short: "Show where the key is kept, masked, and when it was last checked", Args: noKeyHere}
	output, again := "text", false
	for _, c := range []*cobra.Command{cmd, show} {
		outputFlag(c, &output)
		c.Flags().BoolVar(&again, "check", false, "check the key against OpenAI again (asks one model a question of a few words)")
		c.RunE = func(cmd *cobra.Command, _ []string) error { return a.showAccount(cmd.Context(), again, output) }
	}
	cmd.AddCommand(show,
		a.connectCommand("connect", "Check a key against OpenAI and keep it", (*account.Account).Connect),
		a.connectCommand("reconnect", "Check another key and put it in place of the connected one", (*account.Account).Reconnect),
		a.uninstallCommand())
	return cmd
}

type connecting func(*account.Account, context.Context, secret.Secret, account.Choice) (*account.Connected, error)

func (a *App) connectCommand(name, short string, connect connecting) *cobra.Command {
	output, choice := "", account.Choice{}
	cmd := &cobra.Command{
		Use: name, Short: short, Args: noKeyHere,
		Long: short + `.

The key is asked for without being shown, or read as one line from standard input. The check lists the models the key
may use, which is free, and asks the cheapest of them one question of a few words, which costs far less than a cent and
shows whether the key may ask and has credit. A key that fails the check is not kept.`,
		Example: "  emulator account " + name + "\n  pass show openai | emulator account " + name,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.connect(cmd.Context(), name, connect, choice, output)
		},
	}
	outputFlag(cmd, &output)
	f := cmd.Flags()
	choiceFlag(cmd, &choice.Store, "store", "", "auto", "the `PLACE` to keep the key in (environment: use OPENAI_API_KEY)", "auto", secret.InKeyring, secret.InFile, secret.InEnvironment)
	f.StringVar(&choice.Organization, "organization", "", "`ID` of the organization to ask for (default: OPENAI_ORG_ID; project keys need none)")
	f.StringVar(&choice.Project, "project", "", "`ID` of the project to ask for (default: OPENAI_PROJECT_ID; project keys need none)")
	return cmd
}

func (a *App) connect(ctx context.Context, name string, connect connecting, choice account.Choice, output string) error {
	e, acc, err := a.account(ctx)
	if err != nil {
		return err
	}
	if choice.Store == "auto" {
		choice.Store = ""
	}
	key := secret.Secret{}
	if choice.Store != secret.InEnvironment {
		if key, err = a.readKey(ctx, acc); err != nil {
			return custody.AsError(err)
		}
	}
	defer key.Zero()
	done, err := connect(acc, ctx, key, choice)
	a.log.Info("account "+name, "result", custody.Result(err))
	if err != nil {
		return custody.AsError(err)
	}
	return a.showConnected(e, done, output)
}

func (a *App) uninstallCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use: "uninstall", Short: "Remove the key from every place that keeps it", Args: noKeyHere,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, acc, err := a.account(cmd.Context())
			if err != nil {
				return err
			}
			removed, err := acc.Uninstall(cmd.Context(), e.AskingWorkflows())
			a.log.Info("account uninstall", "result", custody.Result(err))
			if err != nil {
				return custody.AsError(err)
			}
			return a.showRemoved(removed, output)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

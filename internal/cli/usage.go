package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/source"
)

// usageError is a command line that means nothing.
type usageError struct {
	command string // whose help says how
	message string
	hint    string // "" points to the command's help
}

// Error is the message.
func (u usageError) Error() string { return u.message }

func wrongUsage(cmd *cobra.Command, format string, args ...any) usageError {
	return usageError{command: cmd.CommandPath(), message: fmt.Sprintf(format, args...)}
}

// between demands a number of arguments, in words.
func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) >= least && len(args) <= most:
			return nil
		case len(args) == 1:
			return wrongUsage(cmd, "%s takes %s, but one argument was given", cmd.CommandPath(), what)
		case len(args) == 0:
			return wrongUsage(cmd, "%s takes %s, but none was given", cmd.CommandPath(), what)
		}
		return wrongUsage(cmd, "%s takes %s, but %d arguments were given", cmd.CommandPath(), what, len(args))
	}
}

// exactly demands a number of arguments, in words.
func exactly(n int, what string) cobra.PositionalArgs {
	if n == 0 {
		return func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUsage(cmd, "%s takes no arguments, but %q was given", cmd.CommandPath(), strings.Join(args, " "))
			}
			return nil
		}
	}
	return between(n, n, what)
}

// oneOf refuses an argument where a command of the command was expected.
func oneOf(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	u := wrongUsage(cmd, "%s has no command %q", cmd.CommandPath(), args[0])
	u.hint = "it has " + strings.Join(names, ", ")
	if near := source.Nearest(args[0], names); near != "" {
		u.hint = fmt.Sprintf("did you mean %s %s?", cmd.CommandPath(), near)
	}
	return u
}

// flagError says in words what pflag found wrong.
func flagError(cmd *cobra.Command, err error) error {
	u := wrongUsage(cmd, "%s", err)
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			u.message = fmt.Sprintf("%s has no flag -%s", cmd.CommandPath(), name)
			break
		}
		u.message = fmt.Sprintf("%s has no flag --%s", cmd.CommandPath(), name)
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := source.Nearest(name, names); near != "" {
			u.hint = "did you mean --" + near + "?"
		}
	case errors.As(err, &invalid):
		kind := map[string]string{"int": "a whole number", "int64": "a whole number", "float64": "a number", "bool": "true or false"}[invalid.GetFlag().Value.Type()]
		if c, ok := invalid.GetFlag().Value.(choice); ok {
			kind = "one of its values"
			u.hint = "use " + orList(c.allowed)
			if near := source.Nearest(invalid.GetValue(), c.allowed); near != "" {
				u.hint = fmt.Sprintf("did you mean --%s %s?", invalid.GetFlag().Name, near)
			}
		}
		if kind != "" {
			u.message = fmt.Sprintf("--%s: %q is not %s", invalid.GetFlag().Name, invalid.GetValue(), kind)
		}
	}
	return u
}

// choice is a flag that takes one of a few words.
type choice struct {
	into    *string
	allowed []string
}

// String is the value.
func (c choice) String() string { return *c.into }

// Type is what the value is called.
func (c choice) Type() string { return "WORD" }

// Set takes one of the words.
func (c choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("use %s", orList(c.allowed))
	}
	*c.into = s
	return nil
}

// orList is "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// choiceFlag adds a flag that takes one of a few words. A part of usage in backquotes is what help calls the value.
func choiceFlag(cmd *cobra.Command, into *string, name, short, value, usage string, allowed ...string) {
	*into = value
	cmd.Flags().VarP(choice{into, allowed}, name, short, usage+": "+orList(allowed))
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp))
}

// commandOrder is the order in which help lists commands: as a person meets them. Others follow by name.
func commandOrder(name string) int {
	order := []string{"init", "validate", "run", "plan", "test", "runs", "inbox", "records", "assistants", "models", "convert", "list", "show", "diff", "delete", "import"}
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// help prints what a command does and takes.
func (a *App) help(cmd *cobra.Command) {
	style := a.style()
	width := min(style.Width, report.PlainWidth)
	say := func(text string) { _, _ = fmt.Fprintln(a.out, text) }
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	for _, line := range report.Wrap(about, width) {
		say(line)
	}
	say("\n" + style.Head("Usage:"))
	if cmd.HasAvailableSubCommands() {
		say("  " + cmd.CommandPath() + " COMMAND")
	}
	if cmd.HasParent() && cmd.Runnable() {
		say("  " + cmd.UseLine())
	}
	if cmd.Example != "" {
		say("\n" + style.Head("Examples:") + "\n" + cmd.Example)
	}
	a.helpCommands(cmd, width)
	for _, set := range []struct {
		title string
		flags *pflag.FlagSet
	}{{"Flags:", cmd.LocalFlags()}, {"Flags of every command:", cmd.InheritedFlags()}} {
		if set.flags.HasAvailableFlags() {
			say("\n" + style.Head(set.title) + "\n" + strings.TrimRight(set.flags.FlagUsagesWrapped(width), "\n"))
		}
	}
	if cmd.HasAvailableSubCommands() {
		say("\n" + style.Faint(cmd.CommandPath()+" COMMAND --help says more about one of them."))
	}
}

func (a *App) helpCommands(cmd *cobra.Command, width int) {
	var commands []*cobra.Command
	wide := 0
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			commands = append(commands, c)
			wide = max(wide, len(c.Name()))
		}
	}
	if len(commands) == 0 {
		return
	}
	slices.SortStableFunc(commands, func(x, y *cobra.Command) int { return commandOrder(x.Name()) - commandOrder(y.Name()) })
	_, _ = fmt.Fprintln(a.out, "\n"+a.style().Head("Commands:"))
	for _, c := range commands {
		name := fmt.Sprintf("  %-*s  ", wide, c.Name())
		for _, line := range report.Wrap(c.Short, width-len(name)) {
			_, _ = fmt.Fprintln(a.out, name+line)
			name = strings.Repeat(" ", len(name))
		}
	}
}

// cannotRead is the error for a file named on the command line that cannot be read.
func cannotRead(file string, err error) error {
	return &emulator.Error{Code: "unreadable", Message: fmt.Sprintf("%s cannot be read: %v", file, reasonOf(err)), Hint: "check its name and who may read it", Exit: emulator.ExitUsage, Cause: err}
}

// reasonOf is what the system says, without the path that the sentence around it names already.
func reasonOf(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

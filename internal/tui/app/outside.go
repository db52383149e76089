package app

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"os"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
)

// outsideMsg is the end of another program that had the terminal.
type outsideMsg struct {
	place ui.Place
	what  string
	err   error
	done  func(error) tea.Msg
}

func (s System) complete() System {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Tick == nil {
		s.Tick = tea.Tick
	}
	if s.Exec == nil {
		s.Exec = tea.ExecProcess
	}
	if s.Getenv == nil {
		s.Getenv = os.Getenv
	}
	if s.LookPath == nil {
		s.LookPath = exec.LookPath
	}
	if s.Clipboard == nil {
		s.Clipboard = tea.SetClipboard
	}
	if s.RunQuietly == nil {
		s.RunQuietly = (*exec.Cmd).Run
	}
	return s
}

// edit opens a file in the user's editor.
func (a *App) edit(place ui.Place, msg ui.EditMsg) tea.Cmd {
	cmd, err := a.editor(msg.Path, msg.Line, msg.Column)
	if err != nil {
		return tea.Batch(a.fail(place, err), a.tag(place, nil, a.told(msg.Done, err)))
	}
	return a.opt.System.Exec(cmd, func(err error) tea.Msg {
		return outsideMsg{place, "the editor " + filepath.Base(cmd.Path), err, msg.Done}
	})
}

func (a *App) told(done func(error) tea.Msg, err error) tea.Cmd {
	if done == nil {
		return nil
	}
	return ui.Send(done(err))
}

// outside goes on when another program gives the terminal back.
func (a *App) outside(msg outsideMsg) tea.Cmd {
	a.elsewhere.Store(false)
	var cmd tea.Cmd
	if msg.err != nil {
		cmd = a.fail(msg.place, &service.Error{Code: "program_failed", Message: msg.what + " ended with an error: " + msg.err.Error(), Hint: "what it saved is read all the same", Cause: msg.err})
	}
	return tea.Batch(cmd, a.tag(msg.place, nil, a.told(msg.done, msg.err)))
}

// editor is the command that opens a file at a line: $VISUAL, $EDITOR, or what machines usually have.
func (a *App) editor(path string, line, column int) (*exec.Cmd, error) {
	words := a.command("VISUAL", "EDITOR")
	if len(words) == 0 {
		for _, name := range usualEditors() {
			if found, err := a.opt.System.LookPath(name); err == nil {
				words = []string{found}
				break
			}
		}
	}
	if len(words) == 0 {
		return nil, &service.Error{Code: "no_editor", Message: "There is no editor: neither $VISUAL nor $EDITOR is set, and none of " + strings.Join(usualEditors(), ", ") + " is installed.",
			Hint: "set one and start again (EDITOR=nano), or edit the file with a program of your own: the screen follows"}
	}
	program, err := a.opt.System.LookPath(words[0])
	if err != nil {
		return nil, &service.Error{Code: "no_editor", Message: fmt.Sprintf("The editor %q cannot be started: %v.", words[0], reasonOf(err)), Hint: "set $EDITOR to a program that is installed", Cause: err}
	}
	return exec.Command(program, append(words[1:], placeIn(program, path, line, column)...)...), nil
}

func reasonOf(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

func usualEditors() []string {
	if runtime.GOOS == "windows" {
		return []string{"notepad"}
	}
	return []string{"nano", "vim", "vi", "nvim", "emacs"}
}

// placeIn are the arguments with which an editor opens a file at a place.
func placeIn(program, path string, line, column int) []string {
	if line < 1 {
		return []string{path}
	}
	column = max(column, 1)
	at := fmt.Sprintf("%s:%d:%d", path, line, column)
	switch name := strings.TrimSuffix(filepath.Base(program), ".exe"); name {
	case "code", "codium", "code-insiders", "cursor", "windsurf":
		return []string{"--wait", "--goto", at}
	case "hx", "helix", "subl", "zed":
		return []string{at}
	case "nano", "pico":
		return []string{fmt.Sprintf("+%d,%d", line, column), path}
	case "emacs", "emacsclient", "micro":
		return []string{fmt.Sprintf("+%d:%d", line, column), path}
	case "vi", "vim", "nvim", "view", "ex", "kak", "joe", "mg", "ne", "gedit":
		return []string{"+" + strconv.Itoa(line), path}
	}
	return []string{path}
}

// pager shows a text in $PAGER. What the text holds is harmless to the terminal before any pager gets it.
func (a *App) pager(msg ui.PagerMsg) tea.Cmd {
	words := a.command("PAGER")
	for _, name := range []string{"less", "more"} {
		if len(words) > 0 {
			break
		}
		if found, err := a.opt.System.LookPath(name); err == nil {
			words = []string{found}
		}
	}
	if len(words) == 0 {
		return a.fail(a.at, &service.Error{Code: "no_pager", Message: "There is no pager: $PAGER is not set, and neither less nor more is installed.", Hint: "set $PAGER, or copy the text instead"})
	}
	place := a.at
	return a.guard(func() tea.Msg { // making a long text harmless takes a while
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Stdin = strings.NewReader(report.SafeLines(msg.Text) + "\n")
		return execMsg{cmd, func(err error) tea.Msg { return outsideMsg{place, "the pager " + words[0], err, nil} }}
	})
}

// execMsg is a program that is ready to get the terminal.
type execMsg struct {
	cmd  *exec.Cmd
	done tea.ExecCallback
}

// exec gives the terminal to another program until it ends.
func (a *App) exec(m execMsg) tea.Cmd {
	a.elsewhere.Store(true)
	return a.opt.System.Exec(m.cmd, m.done)
}

// command is the program that a variable names, the first that is set, with its arguments. A value that is the path of a
// program as a whole is not taken apart; quotes keep words together.
func (a *App) command(variables ...string) []string {
	for _, name := range variables {
		value := strings.TrimSpace(a.opt.System.Getenv(name))
		if value == "" {
			continue
		}
		if strings.ContainsAny(value, " ") && strings.ContainsAny(value, `/\`) {
			if path, err := a.opt.System.LookPath(value); err == nil && !strings.ContainsAny(value, `"'`) && isFile(path) {
				return []string{path}
			}
		}
		return shellWords(value)
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// shellWords takes a command apart as a shell does: at blanks, other than in quotes.
func shellWords(s string) []string {
	var out []string
	var word strings.Builder
	quote, open := rune(0), false
	for _, r := range s {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case r == ' ' || r == '\t':
			if open || word.Len() > 0 {
				out = append(out, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
		}
	}
	if open || word.Len() > 0 {
		out = append(out, word.String())
	}
	return out
}

// copy copies through the terminal (OSC 52, which works over SSH) and through the system's own tool, since not every terminal
// knows the first.
func (a *App) copy(msg ui.CopyMsg) tea.Cmd {
	const most = 100 << 10 // terminals drop more than about that
	cmds, tool := []tea.Cmd{}, a.copyTool()
	switch {
	case len(msg.Text) <= most:
		cmds = append(cmds, a.opt.System.Clipboard(msg.Text), a.say("Copied "+msg.What+"."))
	case tool == nil:
		return a.fail(a.at, &service.Error{Code: "too_long", Message: "This is too long for the terminal's clipboard, and no tool for the system's is installed.", Hint: "show it in the pager, or export the run"})
	default:
		cmds = append(cmds, a.say("Copied "+msg.What+" to the system's clipboard; it is too long for the terminal's."))
	}
	if tool != nil {
		cmd := exec.Command(tool[0], tool[1:]...)
		cmd.Stdin = strings.NewReader(msg.Text)
		cmds = append(cmds, a.guard(func() tea.Msg {
			_ = a.opt.System.RunQuietly(cmd) // the terminal's clipboard has it anyway
			return nil
		}))
	}
	return tea.Batch(cmds...)
}

// copyTool is the program that writes to the system's clipboard, nil where there is none.
func (a *App) copyTool() []string {
	for _, tool := range [][]string{{"pbcopy"}, {"wl-copy"}, {"xclip", "-selection", "clipboard"}, {"xsel", "--clipboard", "--input"}, {"clip.exe"}} {
		if !a.canCopy(tool[0]) {
			continue
		}
		if path, err := a.opt.System.LookPath(tool[0]); err == nil {
			return append([]string{path}, tool[1:]...)
		}
	}
	return nil
}

// canCopy tells whether a tool has a clipboard to write to.
func (a *App) canCopy(tool string) bool {
	switch tool {
	case "wl-copy":
		return a.opt.System.Getenv("WAYLAND_DISPLAY") != ""
	case "xclip", "xsel":
		return a.opt.System.Getenv("DISPLAY") != ""
	}
	return true
}

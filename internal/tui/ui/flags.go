package ui

import (
	"strconv"
	"strings"
)

// Flags are the flags of the command line that choose the same, with a blank before each, as a shell takes them; "" when nothing is chosen.
func (s Settings) Flags() string {
	temperature := ""
	if s.Temperature != nil {
		temperature = strconv.FormatFloat(*s.Temperature, 'f', -1, 64)
	}
	var out strings.Builder
	for _, flag := range [][2]string{{"--answers", s.Answers}, {"--assistant", s.Assistant}, {"--model", s.Model}, {"--temperature", temperature},
		{"--reasoning-effort", s.ReasoningEffort}, {"--max-cost", s.MaxCost}} {
		if flag[1] != "" {
			out.WriteString(" " + flag[0] + " " + ShellWord(flag[1]))
		}
	}
	return out.String()
}

// ShellWord writes a word so that a shell takes it as it is.
func ShellWord(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

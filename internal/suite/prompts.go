package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/emulator"
	"askflow/internal/source"
)

// promptEndings are those of prompt files, in the order in which a name is looked up.
var promptEndings = [...]string{"", ".md", ".txt"}

// promptText reads a prompt variant: a file under prompts/, named with or without its ending.
func promptText(e *emulator.Emulator, name string) (string, error) {
	if !filepath.IsLocal(name) {
		return "", usage("unknown_prompt", "name a file under "+PromptsDir+"/", "the prompt variant %q lies outside of the folder %s/", name, PromptsDir)
	}
	short := strings.TrimPrefix(filepath.ToSlash(name), PromptsDir+"/")
	for _, ending := range promptEndings {
		data, err := e.Portal.Read(PromptsDir + "/" + short + ending)
		switch {
		case err == nil:
			return strings.TrimSuffix(strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"), "\n"), nil
		case !errors.Is(err, fs.ErrNotExist) && !isFolder(e, short):
			return "", err
		}
	}
	names := promptNames(e)
	hint := "there are: " + strings.Join(append([]string{Current}, names...), ", ")
	if len(names) == 0 {
		hint = "write it into " + PromptsDir + "/" + short + ".md, or name a second workflow file"
	} else if near := source.Nearest(short, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return "", usage("unknown_prompt", hint, "there is no prompt variant %q: the folder %s/ has no such file", name, PromptsDir)
}

func isFolder(e *emulator.Emulator, name string) bool {
	info, err := os.Stat(filepath.Join(e.Portal.Dir, PromptsDir, filepath.FromSlash(name)))
	return err == nil && info.IsDir()
}

// promptNames are the variants under prompts/, without their endings.
func promptNames(e *emulator.Emulator) []string {
	entries, err := os.ReadDir(filepath.Join(e.Portal.Dir, PromptsDir))
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if name := entry.Name(); !entry.IsDir() && !strings.HasPrefix(name, ".") {
			names = append(names, strings.TrimSuffix(strings.TrimSuffix(name, ".md"), ".txt"))
		}
	}
	slices.Sort(names)
	return names
}

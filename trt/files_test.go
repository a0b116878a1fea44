package trt_test

import "os"

func read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }

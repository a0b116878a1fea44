//go:build !linux

package process

import "syscall"

// attributes give a program its own group.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

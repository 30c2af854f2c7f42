# SPDX-License-Identifier: GPL-2.0-or-later
# Compiler and linker flags, each tried by compiling and linking with it.

# BINFMT_TRY(CFLAGS, LDFLAGS, IF-IT-WORKS, IF-NOT)
AC_DEFUN([BINFMT_TRY], [
	binfmt_cflags=$CFLAGS
	binfmt_ldflags=$LDFLAGS
	# An unknown warning is but a warning to clang, and -Wno-x is never one to gcc.
	CFLAGS="$CFLAGS -Werror $1"
	LDFLAGS="$LDFLAGS $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]],
		[[char b[16]; return strlen(strcpy(b, "x")) != 1;]])],
		[binfmt_works=yes], [binfmt_works=no])
	CFLAGS=$binfmt_cflags
	LDFLAGS=$binfmt_ldflags
	AS_IF([test $binfmt_works = yes], [$3], [$4])
])

# BINFMT_CFLAGS(FLAGS): adds those that work to HARDENING_CFLAGS.
AC_DEFUN([BINFMT_CFLAGS], [
	AC_SUBST([HARDENING_CFLAGS])
	for binfmt_flag in $1; do
		AC_MSG_CHECKING([whether $CC takes $binfmt_flag])
		BINFMT_TRY([$binfmt_flag], [],
			[HARDENING_CFLAGS="$HARDENING_CFLAGS $binfmt_flag"], [])
		AC_MSG_RESULT([$binfmt_works])
	done
])

# BINFMT_LDFLAGS(FLAGS): the same for the linker and HARDENING_LDFLAGS.
AC_DEFUN([BINFMT_LDFLAGS], [
	AC_SUBST([HARDENING_LDFLAGS])
	for binfmt_flag in $1; do
		AC_MSG_CHECKING([whether the linker takes $binfmt_flag])
		BINFMT_TRY([-fPIE], [$binfmt_flag],
			[HARDENING_LDFLAGS="$HARDENING_LDFLAGS $binfmt_flag"], [])
		AC_MSG_RESULT([$binfmt_works])
	done
])

# BINFMT_REQUIRED(FLAGS): for both, or the end.
AC_DEFUN([BINFMT_REQUIRED], [
	AC_MSG_CHECKING([whether $CC takes $1])
	BINFMT_TRY([$1], [$1], [
		HARDENING_CFLAGS="$HARDENING_CFLAGS $1"
		HARDENING_LDFLAGS="$HARDENING_LDFLAGS $1"
	], [AC_MSG_FAILURE([$CC does not take $1, which was asked for])])
	AC_MSG_RESULT([$binfmt_works])
])

# BINFMT_STATIC: static and position-independent where that can be had.
AC_DEFUN([BINFMT_STATIC], [
	AC_MSG_CHECKING([how to link statically])
	binfmt_static=
	for binfmt_flag in -static -static-pie; do
		BINFMT_TRY([-fPIE], [$binfmt_flag], [binfmt_static=$binfmt_flag], [])
	done
	AS_IF([test -z "$binfmt_static"],
		[AC_MSG_FAILURE([static programs were asked for, but the C library is not there as a static one])])
	HARDENING_LDFLAGS="$HARDENING_LDFLAGS $binfmt_static"
	AC_MSG_RESULT([$binfmt_static])
])

# BINFMT_FORTIFY: the highest level there is. It needs optimisation, and sanitizers do
# without it.
AC_DEFUN([BINFMT_FORTIFY], [
	AC_MSG_CHECKING([for the level of _FORTIFY_SOURCE])
	binfmt_fortify=none
	for binfmt_level in 2 3; do
		BINFMT_TRY([-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$binfmt_level], [],
			[binfmt_fortify=$binfmt_level], [])
	done
	AS_CASE([" $CFLAGS "], [*" -O0 "*], [binfmt_fortify=none])
	AS_IF([test $binfmt_fortify != none],
		[HARDENING_CFLAGS="$HARDENING_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$binfmt_fortify"])
	AC_MSG_RESULT([$binfmt_fortify])
])

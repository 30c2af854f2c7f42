/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The one cleanup idiom: a variable that frees what it holds when it goes out of scope.
 *
 *	_cleanup_close_ int fd = open(...);
 *	return take_fd(&fd);	<- hands it to the caller
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_closedir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _cleanup_close_	   __attribute__((cleanup(cleanup_close)))
#define _cleanup_free_	   __attribute__((cleanup(cleanup_free)))
#define _cleanup_closedir_ __attribute__((cleanup(cleanup_closedir)))
#define _cleanup_fclose_   __attribute__((cleanup(cleanup_fclose)))

/* Gives the fd away: the variable no longer closes it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

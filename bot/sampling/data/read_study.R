# Reads a study's files into data frames, with the types that the code book gives them.
# Base R only, from csv or tsv; parquet and json are read by read_study.py, or by hand.
#
#   source("read_study.R")
#   study <- read_study(".")       # the folder that this file is in
#   str(study$signals)
#
# An empty cell is missing, except in text columns: there people write "NA" and "null", and mean it.
# Whether a text was given at all stands in <item>_given. Choices stay integers; their labels are in
# study$codebook. Times: POSIXct in UTC. In csv they are written as the wall clock showed them at the
# planned second, all times of a row by its utc_offset_min; in a table without it they are UTC.

read_study <- function(folder = ".") {
  book <- utils::read.csv(file.path(folder, "codebook.csv"), colClasses = "character",
                          na.strings = character(0), check.names = FALSE, encoding = "UTF-8")
  tables <- lapply(unique(book$File), function(name) {
    types <- book[book$File == name, c("Variable", "Type")]
    types <- types[!duplicated(types$Variable), ]
    .study_table(file.path(folder, name), types)
  })
  # stuck_ts.tsv and signals.csv are both $signals, so that code runs on every bundle.
  names(tables) <- .study_name(unique(book$File))
  c(tables, list(codebook = book))
}

.study_name <- function(files) {
  bare <- sub("\\.[a-z]+$", "", basename(files))
  sub("^.*_static$", "static", sub("^.*_ts$", "signals", bare))
}

.study_table <- function(path, types) {
  data <- .study_cells(path)
  if (!identical(names(data), types$Variable))
    stop("the columns of ", basename(path), " are not those of codebook.csv")
  for (i in seq_along(data)) data[[i]] <- .study_column(data, i, types$Type[i])
  data
}

.study_cells <- function(path) {
  if (grepl("\\.csv$", path))
    return(utils::read.csv(path, colClasses = "character", na.strings = character(0),
                           check.names = FALSE, encoding = "UTF-8"))
  if (grepl("\\.tsv$", path))
    return(utils::read.delim(path, colClasses = "character", na.strings = character(0),
                             check.names = FALSE, encoding = "UTF-8", quote = ""))
  stop("read_study.R reads csv and tsv, not ", basename(path), ": use read_study.py, or ask for ",
       "--format csv or tsv")
}

.study_column <- function(data, i, type) {
  cells <- data[[i]]
  if (type == "text") return(cells)
  cells[cells == "" | cells == "NA"] <- NA
  switch(type,
    integer = , choice = as.integer(cells),
    number = as.numeric(cells),
    time = .study_time(cells, data[["utc_offset_min"]]),
    cells)
}

.study_time <- function(cells, offset) {
  iso <- grepl("T", cells, fixed = TRUE)
  wall <- as.POSIXct(sub("T", " ", substr(cells, 1, 19)), format = "%Y-%m-%d %H:%M:%S", tz = "UTC")
  # ISO 8601 carries its offset; that of the wall clock stands in a column, or is none.
  if (is.null(offset)) offset <- rep("0", length(cells))
  sign <- ifelse(substr(cells, 20, 20) == "-", -1, 1)
  minutes <- ifelse(iso,
    sign * (60 * suppressWarnings(as.integer(substr(cells, 21, 22))) +
              suppressWarnings(as.integer(substr(cells, 24, 25)))),
    as.integer(offset))
  wall - 60 * minutes
}

"""Makes a site of pages that are written for a Git host.

Links that leave docs/ (a config, a header, README.md, a folder) lead to a page of the site that shows
the file. Headings have the anchors that Git hosts give them. The C++ reference becomes a part of the
site, and the index of the search is written once more as a script, which pages opened as files may load.
"""

import json
import logging
import posixpath
import re
import subprocess
from pathlib import Path

from mkdocs.structure.files import File
from mkdocs.structure.nav import Link

log = logging.getLogger("mkdocs.hooks.adjoint")
ROOT = Path(__file__).resolve().parents[2]
SHOWN = "source/"  # where files outside docs/ are in the site
LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(\))")
COMMENT = re.compile(r"<!-- site: (.*?) -->")
LANGUAGES = {".hpp": "cpp", ".cpp": "cpp", ".h": "c", ".c": "c", ".py": "python", ".toml": "toml",
             ".txt": "text", ".sh": "bash", ".cmake": "cmake", ".json": "json"}
texts = {}  # page of the site -> its Markdown, for the files outside docs/


def anchor(heading, separator):
    """As GitHub and GitLab do: lower case, without punctuation, each space a hyphen."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def on_config(config):
    config["mdx_configs"]["toc"]["slugify"] = anchor
    return config


def tracked(folder):
    """Files below a folder of the repository, as Git knows them."""
    names = subprocess.run(["git", "ls-files", "--", folder], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\n")
    return [name for name in names if name]


def page_of(path):
    """The Markdown source in the site of a file or folder of the repository; None where it has none."""
    if path.startswith("docs/"):
        return path[len("docs/"):]
    where = ROOT / path
    if where.is_dir():
        return SHOWN + path + "/index.md"
    if where.suffix in (".md", ".svg", ".png", ".jpg"):
        return SHOWN + path
    return SHOWN + path + ".md" if where.is_file() else None


def shown(path):
    """The Markdown of the page that shows a file or a folder."""
    where = ROOT / path
    if where.is_dir():
        listed = "\n".join(f"- [{name}]({posixpath.relpath(name, path)})" for name in tracked(path))
        return f"# {path}\n\n{listed}\n"
    text = where.read_text(encoding="utf-8")
    if where.suffix == ".md":
        return text
    language = LANGUAGES.get(where.suffix, "bash" if text.startswith("#!") else "text")
    fence = "`" * (max([2] + [len(run) for run in re.findall("`+", text)]) + 1)
    return f"# {path}\n\n{fence}{language}\n{text}{fence}\n"


def origin(source):
    """The file of the repository that a page of the site shows."""
    if not source.startswith(SHOWN):
        return "docs/" + source
    path = source[len(SHOWN):]
    if (ROOT / path).is_file():
        return path
    return path[:-len(".md")] if (ROOT / path[:-len(".md")]).is_file() else path


def leaving(source, text):
    """Paths in the repository that a page links to."""
    base = posixpath.dirname(origin(source))
    for match in LINK.finditer(text):
        if "://" not in match[2]:
            yield posixpath.normpath(posixpath.join(base, match[2]))


def on_files(files, config):
    for file in list(files):  # what makes the site is no page of it
        if file.src_uri.startswith("site/"):
            files.remove(file)

    def add(source, directory):
        file = File(source, directory, config["site_dir"], config["use_directory_urls"])
        files.append(file)

    for path in sorted((ROOT / "build/docs/cpp").rglob("*")):
        if path.is_file():
            add(path.relative_to(ROOT / "build/docs").as_posix(), str(ROOT / "build/docs"))

    texts.clear()
    waiting = [(file.src_uri, Path(file.abs_src_path).read_text(encoding="utf-8"))
               for file in files if file.is_documentation_page()]
    while waiting:
        source, text = waiting.pop()
        for path in leaving(source, text):
            target = page_of(path)
            if not target or path.startswith("docs/") or target in files:
                continue
            if target.endswith(".md"):
                texts[target] = shown(path)
                waiting.append((target, texts[target]))
                add(target, config["docs_dir"])
            else:  # a picture
                add(target, config["docs_dir"])
                files.get_file_from_path(target).abs_src_path = str(ROOT / path)
    return files


def on_nav(nav, config, files):
    listed = {page.file.src_uri for page in nav.pages}
    for file in files.documentation_pages():
        if file.src_uri not in listed and not file.src_uri.startswith(SHOWN):
            log.warning("docs/%s is not in the navigation, nav of docs/site/mkdocs.yml", file.src_uri)
    for section in nav.items:
        if section.title == "Reference":
            place = [item.title for item in section.children].index("C++") + 1
            section.children.insert(place, Link("C++ classes", "cpp/index.html"))
    return nav


def on_page_read_source(page, config):
    return texts.get(page.file.src_uri)


def on_page_markdown(markdown, page, config, files):
    source = page.file.src_uri
    here = posixpath.dirname(source)
    if source.startswith(SHOWN):
        page.meta["hide"] = ["navigation", "toc"]  # room for long lines

    def moved(match):
        opening, target, fragment, closing = match.groups()
        if "://" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin(source)), target))
        place = page_of(path) if (ROOT / path).exists() else None
        if place is None or place not in files:
            return match[0]  # mkdocs says where it is dead
        return opening + posixpath.relpath(place, here or ".") + (fragment or "") + closing

    return COMMENT.sub(r"\1", LINK.sub(moved, markdown))


def on_post_build(config):
    """Files beside the text are not searched; and the index as a script."""
    place = Path(config["site_dir"]) / "search"
    index = json.loads((place / "search_index.json").read_text(encoding="utf-8"))
    index["docs"] = [entry for entry in index["docs"] if not entry["location"].startswith(SHOWN)]
    text = json.dumps(index, ensure_ascii=False)
    (place / "search_index.json").write_text(text, encoding="utf-8")
    (place / "search_index.js").write_text(f"searchIndexLoaded({text});\n", encoding="utf-8")

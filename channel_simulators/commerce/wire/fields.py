"""The `fields=` response filter: `items[entity_id,payment[method]],total_count` (commerce-api §3.1)."""

from typing import Any

Tree = dict[str, "Tree"]


def parse(text: str) -> Tree:
    root: Tree = {}
    stack, name = [root], ""
    for character in text + ",":
        if character in "[],":
            if name:
                stack[-1].setdefault(name, {})
            if character == "[":
                stack.append(stack[-1][name])
            elif character == "]" and len(stack) > 1:
                stack.pop()
            name = ""
        else:
            name += character.strip()
    return root


def select(body: Any, tree: Tree) -> Any:
    """Keep only what is named; an empty list becomes null, as in the shop (observed §2.8)."""
    if not tree:
        return body
    if isinstance(body, list):
        return [select(element, tree) for element in body] or None
    if isinstance(body, dict):
        return {name: select(body[name], sub) for name, sub in tree.items() if name in body}
    return body

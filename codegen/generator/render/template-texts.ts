/** The templates by name, so that they go wherever the code goes. Made from `templates/` by `npm run generate`. */
export const templateTexts: Record<string, string> = {
  "gitignore.hbs": "node_modules/\ndist/\n.env\n.data/\n*.log\n",
};
